// `teal_goal NAME [when $variable] [value $variable];`: read, inherited, and resolved to splits.
//
// Unlike nginx's add_header a level adds to those around it instead of replacing them: a goal that
// is lost by another one further in would go unnoticed, and one counted twice cannot be, since each
// visitor is counted once.
#include "nginx-module/goals.hpp"

#include "nginx-module/split_values.hpp"

namespace teal::nginx {
namespace {

constexpr char kUsage[] = "teal_goal NAME [when $variable] [value $variable];";

char* refuse(ngx_conf_t* cf) {
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid \"teal_goal\", write \"%s\"", kUsage);
    return conf_error();
}

bool read_expression(ngx_conf_t* cf, ngx_str_t* text, ngx_http_complex_value_t** expression) {
    *expression = make_in<ngx_http_complex_value_t>(cf->pool);
    return *expression != nullptr && compile_value(cf, text, *expression);
}

bool add_targets(const MainConf& conf, GoalLine& line) {
    for (std::uint32_t s = 0; s < conf.splits.nelts; ++s) {
        const SplitConf& split = conf.split(s);
        const std::uint32_t goal = find_goal(split, view_of(line.name));
        if (goal == kNoPlace) {
            continue;
        }
        auto* target = static_cast<GoalTarget*>(ngx_array_push(&line.targets));
        if (target == nullptr) {
            return false;
        }
        *target = {&split, goal};
    }
    return true;
}

}  // namespace

std::uint32_t find_goal(const SplitConf& split, std::string_view name) {
    for (std::uint32_t g = 0; g < split.goal_count; ++g) {
        if (view_of(split.goals[g].name) == name) {
            return g;
        }
    }
    return kNoPlace;
}

char* read_goal_line(ngx_conf_t* cf, ngx_command_t*, void* conf) {
    auto& location = *static_cast<LocationConf*>(conf);
    auto& main =
        *static_cast<MainConf*>(ngx_http_conf_get_module_main_conf(cf, ngx_http_teal_module));
    auto* words = static_cast<ngx_str_t*>(cf->args->elts);
    auto* line = make_in<GoalLine>(cf->pool);
    auto** known = static_cast<GoalLine**>(ngx_array_push(&main.goal_lines));
    if (location.goals == nullptr) {
        location.goals = ngx_array_create(cf->pool, 2, sizeof(GoalLine*));
    }
    auto** place = location.goals != nullptr
                       ? static_cast<GoalLine**>(ngx_array_push(location.goals))
                       : nullptr;
    if (line == nullptr || known == nullptr || place == nullptr ||
        ngx_array_init(&line->targets, cf->pool, 2, sizeof(GoalTarget)) != NGX_OK) {
        return conf_error();
    }
    *known = *place = line;
    line->name = words[1];
    line->file = cf->conf_file->file.name;
    line->line = cf->conf_file->line;
    for (ngx_uint_t i = 2; i < cf->args->nelts; i += 2) {
        const std::string_view word = view_of(words[i]);
        auto** expression = word == "when" ? &line->when : word == "value" ? &line->value : nullptr;
        if (expression == nullptr || *expression != nullptr || i + 1 == cf->args->nelts) {
            return refuse(cf);
        }
        if (!read_expression(cf, &words[i + 1], expression)) {
            return conf_error();
        }
    }
    return NGX_CONF_OK;
}

void* create_location_conf(ngx_conf_t* cf) {
    return make_in<LocationConf>(cf->pool);
}

char* merge_location_conf(ngx_conf_t*, void* outer, void* inner) {
    const auto& around = *static_cast<LocationConf*>(outer);
    auto& own = *static_cast<LocationConf*>(inner);
    own.hold = own.hold != nullptr ? own.hold : around.hold;
    if (own.goals == nullptr) {
        own.goals = around.goals;
        return NGX_CONF_OK;
    }
    for (ngx_uint_t i = 0; around.goals != nullptr && i < around.goals->nelts; ++i) {
        auto** place = static_cast<GoalLine**>(ngx_array_push(own.goals));
        if (place == nullptr) {
            return conf_error();
        }
        *place = static_cast<GoalLine**>(around.goals->elts)[i];
    }
    return NGX_CONF_OK;
}

ngx_int_t resolve_goals(ngx_conf_t* cf, MainConf& conf) {
    auto** lines = static_cast<GoalLine**>(conf.goal_lines.elts);
    for (ngx_uint_t i = 0; i < conf.goal_lines.nelts; ++i) {
        if (!add_targets(conf, *lines[i])) {
            return NGX_ERROR;
        }
        if (lines[i]->targets.nelts == 0) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "teal_goal \"%V\" is no split's goal, write \"goal %V;\" in a teal_split "
                          "in %V:%ui",
                          &lines[i]->name, &lines[i]->name, &lines[i]->file, lines[i]->line);
            return NGX_ERROR;
        }
    }
    return NGX_OK;
}

}  // namespace teal::nginx
