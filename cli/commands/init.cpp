#include "cli/commands/init.hpp"

#include "cli/error.hpp"
#include "cli/output/screen.hpp"
#include "cli/suggestion.hpp"
#include "cli/traffic/initial_table.hpp"
#include "cli/traffic/percent.hpp"
#include "shared/table/names.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

constexpr char kHelp[] =
    "Examples:\n"
    "  teal init --split app                        blue and green, everything on blue\n"
    "  teal init --split price --variants a,b,c     an experiment with three variants\n"
    "  teal init --capacity 10000                   room for so many splits; when the table is "
    "made\n"
    "\n"
    "Safe to repeat: what exists is left alone, variants that are missing are added with 0 %.\n"
    "Prints the lines that nginx.conf needs.\n";

constexpr char kDefaultVariants[] = "blue,green";

std::vector<std::string> split_at_commas(const std::string& text) {
    std::vector<std::string> parts;
    std::size_t begin = 0;
    while (begin <= text.size()) {
        const std::size_t end = std::min(text.find(',', begin), text.size());
        parts.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return parts;
}

std::vector<std::string> parse_variants(const std::string& text) {
    std::vector<std::string> variants = split_at_commas(text);
    for (std::size_t i = 0; i < variants.size(); ++i) {
        const std::string& name = variants[i];
        if (!table::is_variant_name(name)) {
            throw wrong_input(
                "--variants \"" + text + "\": \"" + name + "\" is not a variant's name",
                "use 1 to 31 letters, digits, '_' and '-', separated by commas");
        }
        if (std::count(variants.begin(), variants.end(), name) > 1) {
            throw wrong_input("--variants \"" + text + "\" names " + name + " twice",
                              "name each variant once");
        }
    }
    if (variants.size() > table::kMaxVariants) {
        throw wrong_input(fmt::format("--variants names {} variants", variants.size()),
                          fmt::format("a split has at most {}", table::kMaxVariants));
    }
    return variants;
}

std::uint32_t parse_capacity(const std::string& text) {
    std::uint32_t capacity = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), capacity);
    if (error != std::errc{} || end != text.data() + text.size() || capacity < 1 ||
        capacity > table::kMaxSplitCapacity) {
        throw wrong_input("--capacity \"" + text + "\" is not a number of splits",
                          fmt::format("use 1 to {}", table::kMaxSplitCapacity));
    }
    return capacity;
}

InitPlan validate(const InitOptions& options) {
    InitPlan plan;
    plan.paths = options.table.paths();
    plan.dry_run = options.dry_run;
    if (!options.capacity.empty()) {
        plan.capacity = parse_capacity(options.capacity);
    }
    if (options.split.empty()) {
        if (!options.variants.empty()) {
            throw wrong_input("--variants \"" + options.variants + "\" without a split",
                              "add --split NAME");
        }
        return plan;
    }
    if (!table::is_split_name(options.split)) {
        throw wrong_input("--split \"" + options.split + "\" is not a split's name",
                          "use 1 to 63 letters, digits and '_'");
    }
    plan.split = InitialSplit{
        options.split,
        parse_variants(options.variants.empty() ? kDefaultVariants : options.variants)};
    return plan;
}

std::string nginx_lines(const InitPlan& plan, const table::SplitImage& split) {
    std::string variants;
    for (const table::VariantImage& variant : split.variants) {
        variants += fmt::format("        variant {};\n", variant.name);
    }
    const TablePaths usual = table_paths(plan.paths.table, "");
    return fmt::format(
        "load_module modules/ngx_http_teal_module.so;    # at the very top\n\n"
        "http {{\n"
        "    teal_table {1};\n"
        "{2}"
        "    teal_split {0} {{\n"
        "{3}"
        "        default {4};        # serves when the table cannot be used\n"
        "        key     $remote_addr$http_user_agent;\n"
        "    }}\n"
        "    upstream {0} {{ teal {0}; keepalive 64; }}\n"
        "    # and where requests go there:  proxy_pass http://{0};\n"
        "}}\n",
        split.name, plan.paths.table,
        usual.counters == plan.paths.counters
            ? ""
            : fmt::format("    teal_counters {};\n", plan.paths.counters),
        variants, split.variants.front().name);
}

std::string table_line(const InitPlan& plan, const InitOutcome& outcome) {
    const char* what = outcome.table_created    ? "made"
                       : outcome.table_restored ? "restored from its saved copy"
                                                : "exists";
    return fmt::format("table   {}: {}, room for {} splits\n", plan.paths.table, what,
                       outcome.capacity);
}

std::string outcome_text(const InitPlan& plan, const InitOutcome& outcome) {
    std::string text = table_line(plan, outcome);
    text += fmt::format("secret  {}: {}\n", plan.paths.secret,
                        outcome.secret_created ? "made" : "exists");
    if (!outcome.split) {
        text += "\nNext: make a split in it, for example\n  teal init --split app\n";
    } else {
        const table::SplitImage& split = *outcome.split;
        const std::string state =
            outcome.split_created ? "made, everything on " + split.variants.front().name
            : outcome.variants_added.empty()
                ? "exists"
                : "exists, added " + listed(outcome.variants_added) + " with 0 %";
        text += fmt::format("split   {}: {}\n", split.name, state);
        text += "\nnginx.conf needs:\n\n" + nginx_lines(plan, split);
        text += fmt::format(
            "\nThen say where the variants are, and move traffic:\n"
            "  teal traffic endpoints {0} {1} set 127.0.0.1:8101\n"
            "  teal traffic set {0} {2}=10\n",
            split.name, split.variants.front().name, split.variants.back().name);
    }
    return plan.dry_run ? text + "dry run: nothing was made\n" : text;
}

nlohmann::ordered_json outcome_json(const InitPlan& plan, const InitOutcome& outcome) {
    nlohmann::ordered_json json{{"dry_run", plan.dry_run},
                                {"table", plan.paths.table},
                                {"table_created", outcome.table_created},
                                {"table_restored", outcome.table_restored},
                                {"capacity", outcome.capacity},
                                {"secret", plan.paths.secret},
                                {"secret_created", outcome.secret_created},
                                {"generation", outcome.generation}};
    if (outcome.split) {
        json["split"] = outcome.split->name;
        json["split_created"] = outcome.split_created;
        json["variants_added"] = outcome.variants_added;
        for (const table::VariantImage& variant : outcome.split->variants) {
            json["weights"][variant.name] = percent_number(variant.weight_ppm);
        }
        json["nginx_conf"] = nginx_lines(plan, *outcome.split);
    }
    return json;
}

}  // namespace

ExitCode run_init(const InitOptions& options) {
    const InitPlan plan = validate(options);
    const InitOutcome outcome = initialise(plan);
    if (!outcome.save_warning.empty()) {
        warn("published, but not saved for the next reboot: " + outcome.save_warning);
    }
    print(options.json ? outcome_json(plan, outcome).dump() + "\n" : outcome_text(plan, outcome));
    return ExitCode::ok;
}

void add_init(CLI::App& app, ExitCode& result) {
    auto options = std::make_shared<InitOptions>();
    CLI::App& command = *app.add_subcommand("init", "make the table, and a split in it");
    command.footer(kHelp);
    command.add_option("--split", options->split, "the split to make")->type_name("NAME");
    command.add_option("--variants", options->variants, "its variants (default blue,green)")
        ->type_name("NAME,NAME…");
    command
        .add_option("--capacity", options->capacity,
                    "splits a new table has room for (default 256)")
        ->type_name("N");
    command.add_flag("--dry-run", options->dry_run, "only say what would be made");
    command.add_flag("--json", options->json, "print JSON");
    add_table_options(command, options->table);
    command.callback([options, &result] { result = run_init(*options); });
}

}  // namespace teal::cli
