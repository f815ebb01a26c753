#include "cli/project/settings.hpp"

#include "cli/error.hpp"
#include "cli/project/project_directory.hpp"
#include "cli/project/setting_keys.hpp"
#include "cli/project/toml_file.hpp"
#include "shared/table/paths.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <system_error>

namespace teal::cli {
namespace {

namespace fs = std::filesystem;

constexpr char kDeploymentDirectory[] = ".teal/deployments";

bool is_set(const char* variable) {
    const char* text = std::getenv(variable);
    return text != nullptr && *text != '\0';
}

void apply_file(Settings& settings) {
    const fs::path file = settings.directory / kTomlName;
    std::error_code ignored;
    if (!fs::exists(file, ignored)) {
        return;
    }
    settings.toml_file = file;
    for (const SettingValue& value : read_toml(file)) {
        apply_from_file(settings, value);
    }
    check_targets(settings.notify);
}

// compose reads these two itself as long as it is given neither -f nor --profile.
void leave_to_compose(Settings& settings) {
    if (is_set("COMPOSE_FILE")) {
        settings.files.clear();
    }
    if (is_set("COMPOSE_PROFILES")) {
        settings.profiles.clear();
    }
}

void apply_flags(Settings& settings, const ProjectOptions& options, const fs::path& start) {
    const auto replace = [](std::string& setting, const std::string& flag) {
        if (!flag.empty()) {
            setting = flag;
        }
    };
    if (!options.files.empty()) {
        settings.files.clear();
        for (const std::string& file : options.files) {
            settings.files.push_back((start / file).lexically_normal().string());
        }
    }
    if (!options.profiles.empty()) {
        settings.profiles = options.profiles;
    }
    replace(settings.project_name, options.project_name);
    replace(settings.table, options.table);
    replace(settings.counters, options.counters);
    replace(settings.nginx_url, options.nginx_url);
}

void demand_plain_name(const std::string& name) {
    const bool plain =
        name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") == std::string::npos &&
        (name.empty() || (name.front() != '_' && name.front() != '-'));
    if (!plain) {
        throw wrong_input("the project's name is \"" + name + "\"",
                          "use lower-case letters, digits, '_' and '-', beginning with a letter or "
                          "digit, as compose does");
    }
}

}  // namespace

void add_project_options(CLI::App& command, ProjectOptions& options) {
    command.add_option("-C,--directory", options.directory, "act as if started in this directory")
        ->type_name("DIR");
    command
        .add_option("--file", options.files, "compose file, instead of compose's own; repeatable")
        ->type_name("FILE");
    command.add_option("--profile", options.profiles, "compose profile; repeatable")
        ->type_name("NAME");
    command
        .add_option("-p,--project-name", options.project_name,
                    "name of the project (default: its directory's)")
        ->type_name("NAME");
    command.add_option("--table", options.table, "the table's file (default /run/teal/table)")
        ->type_name("PATH");
    command
        .add_option("--counters", options.counters,
                    "nginx's counters file (default: \"counters\" beside the table)")
        ->type_name("PATH");
    command
        .add_option("--nginx-url", options.nginx_url,
                    "where nginx is asked, as in http://127.0.0.1:8080 (default: found by itself)")
        ->type_name("URL");
    for (const char* list : {"--file", "--profile"}) {
        // One value each time it is given, so that it never swallows the words after it.
        command.get_option(list)->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    }
}

Settings load_settings(const ProjectOptions& options) {
    const fs::path start =
        options.directory.empty() ? fs::current_path() : fs::absolute(options.directory);
    Settings settings;
    settings.directory = project_directory(start);
    settings.deployment_directory = settings.directory / kDeploymentDirectory;
    settings.table = table::kDefaultTablePath;
    apply_file(settings);
    leave_to_compose(settings);
    apply_environment(settings);
    apply_flags(settings, options, start);
    demand_plain_name(settings.project_name);
    if (settings.backup_directory.empty()) {
        settings.backup_directory = settings.deployment_directory / "backups";
    }
    return settings;
}

}  // namespace teal::cli
