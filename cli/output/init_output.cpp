#include "cli/output/init_output.hpp"

#include "cli/suggestion.hpp"
#include "cli/traffic/percent.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string split_lines(const table::SplitImage& split) {
    std::string variants;
    for (const table::VariantImage& variant : split.variants) {
        variants += fmt::format("        variant {};\n", variant.name);
    }
    // An experiment must not have its failures answered by another variant; a deployment's new
    // version may.
    const bool colors = split.find("blue") != nullptr && split.find("green") != nullptr;
    return fmt::format(
        "    teal_split {} {{\n"
        "{}"
        "        default {};        # serves when the table cannot be used\n"
        "        key     $remote_addr$http_user_agent;\n"
        "        pin     $http_x_teal_variant;    # asks one variant outright: tests, deployments\n"
        "{}"
        "    }}\n",
        split.name, variants, split.variants.front().name,
        colors ? "        retry   safe;        # a failed attempt on another variant is retried on "
                 "the default\n"
               : "");
}

const char* table_state(const InitOutcome& outcome) {
    return outcome.table_created    ? "made"
           : outcome.table_restored ? "restored from its saved copy"
                                    : "exists";
}

std::string split_state(const SplitOutcome& outcome) {
    return outcome.created ? "made, everything on " + outcome.split.variants.front().name
           : outcome.variants_added.empty()
               ? "exists"
               : "exists, added " + listed(outcome.variants_added) + " with 0 %";
}

}  // namespace

std::string nginx_lines(const TablePaths& paths, const std::vector<SplitOutcome>& splits) {
    std::string text = fmt::format(
        "load_module modules/ngx_http_teal_module.so;    # at the very top\n\n"
        "http {{\n"
        "    teal_table {};\n",
        paths.table);
    if (table_paths(paths.table, "").counters != paths.counters) {
        text += fmt::format("    teal_counters {};\n", paths.counters);
    }
    std::string upstreams;
    for (const SplitOutcome& outcome : splits) {
        text += split_lines(outcome.split);
        upstreams += fmt::format(
            "    upstream {0} {{ teal {0}; keepalive 64; }}\n"
            "    # and where requests go there:  proxy_pass http://{0};\n",
            outcome.split.name);
    }
    return text + upstreams + "}\n";
}

std::string made_text(const InitPlan& plan, const InitOutcome& outcome) {
    std::string text = fmt::format(
        "table   {}: {}, room for {} splits\n"
        "secret  {}: {}\n",
        plan.paths.table, table_state(outcome), outcome.capacity, plan.paths.secret,
        outcome.secret_created ? "made" : "exists");
    for (const SplitOutcome& split : outcome.splits) {
        text += fmt::format("split   {}: {}\n", split.split.name, split_state(split));
    }
    return text;
}

std::string init_text(const InitPlan& plan, const InitOutcome& outcome) {
    std::string text = made_text(plan, outcome);
    if (outcome.splits.empty()) {
        text += "\nNext: make a split in it, for example\n  teal init --split app\n";
    } else {
        const table::SplitImage& split = outcome.splits.front().split;
        text += "\nnginx.conf needs:\n\n" + nginx_lines(plan.paths, outcome.splits);
        text += fmt::format(
            "\nThen say where the variants are, and move traffic:\n"
            "  teal traffic endpoints {0} {1} set 127.0.0.1:8101\n"
            "  teal traffic set {0} {2}=10\n",
            split.name, split.variants.front().name, split.variants.back().name);
    }
    return plan.dry_run ? text + "dry run: nothing was made\n" : text;
}

Json init_json(const InitPlan& plan, const InitOutcome& outcome) {
    Json json{{"dry_run", plan.dry_run},
              {"table", plan.paths.table},
              {"table_created", outcome.table_created},
              {"table_restored", outcome.table_restored},
              {"capacity", outcome.capacity},
              {"secret", plan.paths.secret},
              {"secret_created", outcome.secret_created},
              {"generation", outcome.generation}};
    if (!outcome.splits.empty()) {
        const SplitOutcome& first = outcome.splits.front();
        json["split"] = first.split.name;
        json["split_created"] = first.created;
        json["variants_added"] = first.variants_added;
        for (const table::VariantImage& variant : first.split.variants) {
            json["weights"][variant.name] = percent_number(variant.weight_ppm);
        }
        json["nginx_conf"] = nginx_lines(plan.paths, outcome.splits);
    }
    return json;
}

}  // namespace teal::cli
