#include "cli/stack/compose/resolved_project.hpp"

#include "cli/error.hpp"
#include "cli/project/project_directory.hpp"
#include "cli/stack/compose/docker.hpp"

#include <cstdlib>
#include <sstream>

namespace teal::cli::compose {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr int kNoSuchProgram = 127;

// For people: compose does not tell what it read.
std::vector<std::string> files_read(const Settings& settings) {
    if (!settings.files.empty()) {
        return settings.files;
    }
    if (const char* named = std::getenv("COMPOSE_FILE"); named != nullptr && *named != '\0') {
        return {named};
    }
    std::vector<std::string> files;
    const fs::path first = compose_file_in(settings.directory);
    if (first.empty()) {
        return files;
    }
    files.push_back(first.string());
    const fs::path stem = first.parent_path() / first.stem();
    for (const char* ending : {".override.yml", ".override.yaml"}) {
        if (fs::exists(stem.string() + ending)) {
            files.push_back(stem.string() + ending);
            break;
        }
    }
    return files;
}

Error unreadable(const Command& command, const CommandResult& result) {
    const std::string said = result.said();
    if (said.find("no configuration file provided") != std::string::npos) {
        return wrong_input("there is no compose file in " + command.directory.string(),
                           "go to the project's directory, or name the file with --file; "
                           "`teal init` helps with a new project");
    }
    return wrong_input("docker compose cannot read the project: " + said,
                       "put it right; `" + shown(command.argv) + "` says the same");
}

}  // namespace

Command user_compose(const Settings& settings, const std::vector<std::string>& arguments) {
    Command command = docker({"compose", "--ansi", "never"});
    const auto add = [&](const char* option, const std::string& value) {
        command.argv.insert(command.argv.end(), {option, value});
    };
    if (!settings.project_name.empty()) {
        add("-p", settings.project_name);
    }
    for (const std::string& file : settings.files) {
        add("-f", file);
    }
    for (const std::string& profile : settings.profiles) {
        add("--profile", profile);
    }
    command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
    command.directory = settings.directory;
    return command;
}

ResolvedProject resolve_project(const Settings& settings) {
    const Command command = user_compose(settings, {"config", "--format", "json"});
    const CommandResult result = run_command(command);
    if (!result.ok()) {
        if (result.exit_code == kNoSuchProgram || result.timed_out ||
            !run_command(docker({"compose", "version"})).ok()) {
            throw docker_error(command, result, "read the project");
        }
        throw unreadable(command, result);
    }
    ResolvedProject resolved{.project = json::parse(result.out, nullptr, false)};
    if (!resolved.project.is_object()) {
        throw failure("docker compose config printed something else than JSON",
                      "docker compose 2.20 or later is needed: `docker compose version`");
    }
    resolved.warnings = compose_warnings(result.err);
    resolved.files = files_read(settings);
    return resolved;
}

std::vector<std::string> compose_warnings(const std::string& said) {
    constexpr std::string_view kMessage = "msg=";
    std::vector<std::string> warnings;
    std::istringstream lines(said);
    for (std::string line; std::getline(lines, line);) {
        const std::size_t at = line.find(kMessage);
        if (line.find("level=warning") == std::string::npos || at == std::string::npos) {
            continue;
        }
        const std::string quoted = line.substr(at + kMessage.size());
        const json message = json::parse(quoted, nullptr, false);
        const std::string text = message.is_string() ? message.get<std::string>() : quoted;
        if (text.find("`version` is obsolete") == std::string::npos) {
            warnings.push_back("docker compose: " + text);
        }
    }
    return warnings;
}

}  // namespace teal::cli::compose
