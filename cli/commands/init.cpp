#include "cli/commands/init.hpp"

#include "cli/error.hpp"
#include "cli/output/init_output.hpp"
#include "cli/output/proposal_output.hpp"
#include "cli/output/screen.hpp"
#include "cli/proposal/project_start.hpp"
#include "cli/stack/open_stack.hpp"
#include "shared/table/names.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

constexpr char kInitHelp[] =
    "In a project, a directory with a compose file or a Procfile, without --split: proposes which "
    "services take requests and which are shared, prints the labels that say so (or writes a "
    "teal.toml for a Procfile when there is none), makes the table with a split for each entry, "
    "and "
    "prints the lines that nginx.conf needs. Never edits a file that exists.\n"
    "\n"
    "Examples:\n"
    "  teal init                                    begin with the project that is here\n"
    "  teal init --dry-run                          only say how it would begin\n"
    "  teal init --split app                        blue and green, everything on blue\n"
    "  teal init --split price --variants a,b,c     an experiment with three variants\n"
    "  teal init --capacity 10000                   room for so many splits; when the table is "
    "made\n"
    "\n"
    "Safe to repeat: what exists is left alone, variants that are missing are added with 0 %.\n"
    "Returns 0, or 1 when the table could not be made; in a project what is proposed is printed "
    "all "
    "the same.\n";

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
                fmt::format("--variants \"{}\": \"{}\" is not a variant's name", text, name),
                "use 1 to 31 letters, digits, '_' and '-', separated by commas");
        }
        if (std::count(variants.begin(), variants.end(), name) > 1) {
            throw wrong_input(fmt::format("--variants \"{}\" names {} twice", text, name),
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

InitPlan validate(const InitOptions& options, const Settings& settings) {
    InitPlan plan;
    plan.paths = table_paths(settings.table, settings.counters);
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
    plan.splits.push_back(
        {options.split,
         parse_variants(options.variants.empty() ? kDefaultVariants : options.variants)});
    return plan;
}

void warn_if_not_saved(const InitOutcome& outcome) {
    if (!outcome.save_warning.empty()) {
        warn("published, but not saved for the next reboot: " + outcome.save_warning);
    }
}

ExitCode init_project(const InitOptions& options, const Settings& settings, const InitPlan& plan) {
    const ProjectStart start = begin_project(settings, plan);
    if (start.outcome) {
        warn_if_not_saved(*start.outcome);
    }
    print(options.json ? project_start_json(start).dump() + "\n" : project_start_text(start));
    return start.outcome ? ExitCode::ok : ExitCode::failed;
}

}  // namespace

ExitCode run_init(const InitOptions& options) {
    const Settings settings = load_settings(options.project);
    const InitPlan plan = validate(options, settings);
    if (plan.splits.empty() && is_project(settings)) {
        return init_project(options, settings, plan);
    }
    const InitOutcome outcome = initialise(plan);
    warn_if_not_saved(outcome);
    print(options.json ? init_json(plan, outcome).dump() + "\n" : init_text(plan, outcome));
    return ExitCode::ok;
}

void add_init(CLI::App& app, ExitCode& result) {
    auto options = std::make_shared<InitOptions>();
    CLI::App& command =
        *app.add_subcommand("init", "begin with a project; make the table, and splits in it");
    command.footer(kInitHelp);
    command.add_option("--split", options->split, "the split to make")->type_name("NAME");
    command.add_option("--variants", options->variants, "its variants (default blue,green)")
        ->type_name("NAME,NAME…");
    command
        .add_option("--capacity", options->capacity,
                    "splits a new table has room for (default 256)")
        ->type_name("N");
    command.add_flag("--dry-run", options->dry_run, "only say what would be made");
    command.add_flag("--json", options->json, "print JSON");
    add_project_options(command, options->project);
    command.callback([options, &result] { result = run_init(*options); });
}

}  // namespace teal::cli
