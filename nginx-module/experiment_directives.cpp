#include "nginx-module/experiment_directives.hpp"

#include "nginx-module/split_directives.hpp"
#include "nginx-module/split_values.hpp"
#include "shared/table/names.hpp"
#include "shared/text/slice.hpp"

namespace teal::nginx {
namespace {

constexpr ngx_int_t kMostPercent = 100;

// Percent with up to four decimals and an optional "%", as parts per million; false when it is not
// one, or is over 100.
bool parse_percent(std::string_view text, std::uint32_t* ppm) {
    if (text.ends_with('%')) {
        text.remove_suffix(1);
    }
    if (text.empty() || text.size() > 8) {
        return false;
    }
    ngx_str_t digits = nginx_text(text);
    const ngx_int_t parsed = ngx_atofp(digits.data, digits.len, 4);
    *ppm = static_cast<std::uint32_t>(parsed);
    return parsed != NGX_ERROR && parsed <= kMostPercent * 10'000;
}

bool parse_range(std::string_view text, LayerConf& layer) {
    const std::string_view from = take_until(text, '-');
    return parse_percent(from, &layer.from_ppm) && parse_percent(text, &layer.to_ppm) &&
           layer.from_ppm < layer.to_ppm;
}

}  // namespace

char* read_goal(ngx_conf_t* cf, SplitConf& split) {
    if (char* failed = expect_arguments(cf, cf->args->nelts == 2, "goal NAME;")) {
        return failed;
    }
    const ngx_str_t& name = static_cast<ngx_str_t*>(cf->args->elts)[1];
    if (!table::is_variant_name(view_of(name))) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid goal name \"%V\", use 1 to 31 letters, digits, \"_\", \"-\"",
                           &name);
        return conf_error();
    }
    const std::uint16_t mark = sticky::goal_mark(view_of(name));
    for (std::uint32_t g = 0; g < split.goal_count; ++g) {
        if (view_of(split.goals[g].name) == view_of(name)) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "duplicate goal \"%V\"", &name);
            return conf_error();
        }
        if (split.goals[g].mark == mark) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "goals \"%V\" and \"%V\" look the same in a cookie, rename one",
                               &split.goals[g].name, &name);
            return conf_error();
        }
    }
    if (split.goal_count == counters::kMaxGoals) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "goal \"%V\": a split has at most %ui goals, remove one", &name,
                           static_cast<ngx_uint_t>(counters::kMaxGoals));
        return conf_error();
    }
    split.goals[split.goal_count++] = {name, mark, kNoPlace};
    return NGX_CONF_OK;
}

char* read_holdout(ngx_conf_t* cf, SplitConf& split) {
    if (char* failed = expect_arguments(cf, cf->args->nelts == 2, "holdout PERCENT;")) {
        return failed;
    }
    if (split.holdout_given) {
        return refuse_duplicate(cf);
    }
    const ngx_str_t& percent = static_cast<ngx_str_t*>(cf->args->elts)[1];
    if (!parse_percent(view_of(percent), &split.holdout_ppm)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid holdout \"%V\", it is a percentage from 0 to 100 with at most "
                           "four decimals",
                           &percent);
        return conf_error();
    }
    split.holdout_given = true;
    split.selective = true;
    add_rule(split, "holdout", &percent);
    return NGX_CONF_OK;
}

char* read_layer(ngx_conf_t* cf, SplitConf& split) {
    const bool right = cf->args->nelts == 2 || cf->args->nelts == 3;
    if (char* failed = expect_arguments(cf, right, "layer NAME [FROM-TO%];")) {
        return failed;
    }
    if (split.layer.name.len != 0) {
        return refuse_duplicate(cf);
    }
    const auto* words = static_cast<ngx_str_t*>(cf->args->elts);
    if (!table::is_variant_name(view_of(words[1]))) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid layer name \"%V\", use 1 to 31 letters, digits, \"_\", \"-\"",
                           &words[1]);
        return conf_error();
    }
    if (cf->args->nelts == 3 && !parse_range(view_of(words[2]), split.layer)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid range \"%V\" of layer \"%V\", write as in \"0-50%%\", within "
                           "0 to 100",
                           &words[2], &words[1]);
        return conf_error();
    }
    split.layer.name = words[1];
    split.selective = true;
    return NGX_CONF_OK;
}

char* read_exclude(ngx_conf_t* cf, SplitConf& split) {
    if (char* failed = expect_arguments(cf, cf->args->nelts == 2, "exclude $variable;")) {
        return failed;
    }
    auto* text = &static_cast<ngx_str_t*>(cf->args->elts)[1];
    if (!add_key(cf, split.exclude, text)) {
        return conf_error();
    }
    split.selective = true;
    add_rule(split, "exclude", text);
    return NGX_CONF_OK;
}

bool check_experiment(ngx_conf_t* cf, const SplitConf& split) {
    if (split.goal_count != 0 && split.cookie_name.len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "teal_split \"%V\": goal \"%V\" is counted once for a visitor, which is "
                           "remembered in a cookie: add \"sticky COOKIE TIME;\"",
                           &split.name, &split.goals[0].name);
        return false;
    }
    return true;
}

}  // namespace teal::nginx
