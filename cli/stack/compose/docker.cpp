#include "cli/stack/compose/docker.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace teal::cli::compose {
namespace {

constexpr int kNoSuchProgram = 127;

bool contains(const std::string& text, const char* part) {
    return text.find(part) != std::string::npos;
}

Command with(Command command, std::vector<std::string> arguments) {
    command.argv.insert(command.argv.end(), std::make_move_iterator(arguments.begin()),
                        std::make_move_iterator(arguments.end()));
    return command;
}

// Compose 1 was a program of its own, docker-compose; its files and names differ.
Error no_compose() {
    const CommandResult old = run_command({.argv = {"docker-compose", "--version"}});
    const bool version_1 = old.ok() && (contains(old.out, " 1.") || contains(old.out, " v1."));
    return failure(version_1 ? "compose is version 1 here (docker-compose), and version 2 is needed"
                             : "this docker has no compose plugin",
                   "install compose 2 (Debian 13: docker-compose; Ubuntu: docker-compose-v2; "
                   "docker's own packages: docker-compose-plugin) until `docker compose version` "
                   "answers");
}

bool is_compose(const Command& command) {
    return command.argv.size() > 1 && command.argv[1] == "compose";
}

}  // namespace

Command docker(std::vector<std::string> arguments) {
    return with({.argv = {"docker"}}, std::move(arguments));
}

Command docker_compose(const ComposeProject& project, std::vector<std::string> arguments) {
    const bool has_file = !project.file.empty();
    Command command = docker({"compose", "--ansi", "never", "--env-file", "/dev/null", "-p",
                              project.name, "-f", has_file ? project.file.string() : "-"});
    // Services of the same project that are not in this file are somebody else's: not removed
    // unless asked for in the arguments.
    command.environment = {{"COMPOSE_REMOVE_ORPHANS", "false"},
                           {"COMPOSE_IGNORE_ORPHANS", "false"},
                           {"COMPOSE_PROFILES", ""},
                           {"COMPOSE_ENV_FILES", ""}};
    return with(std::move(command), std::move(arguments));
}

Command docker_compose(const std::string& name, std::vector<std::string> arguments) {
    Command command = docker({"compose", "--ansi", "never", "-p", name});
    command.directory = "/";
    command.environment = {{"COMPOSE_FILE", ""}, {"COMPOSE_PROFILES", ""}};
    return with(std::move(command), std::move(arguments));
}

Error docker_error(const Command& command, const CommandResult& result, const std::string& what) {
    const std::string said = result.said();
    if (result.exit_code == kNoSuchProgram && contains(result.err, "No such file")) {
        return failure("there is no docker command", "install docker, or put it into PATH");
    }
    if (result.timed_out) {
        return failure("cannot " + what + ": docker did not finish in time" +
                           (said.empty() ? "" : "; it said: " + said),
                       "try `" + shown(command.argv) + "`");
    }
    if (contains(said, "permission denied") && contains(said, "ocker") &&
        (contains(said, "daemon socket") || contains(said, "docker API"))) {
        return failure("no permission to use docker: " + said,
                       "run as root, or join the group docker (`sudo usermod -aG docker $USER`, "
                       "then log in again)");
    }
    if (contains(said, "Cannot connect to the Docker daemon") ||
        contains(said, "failed to connect to the docker API") ||
        contains(said, "error during connect")) {
        return failure("docker does not run: " + said,
                       "start it (`systemctl start docker`), or look at `docker context ls` and "
                       "DOCKER_HOST");
    }
    if (is_compose(command) && !run_command(docker({"compose", "version"})).ok()) {
        return no_compose();
    }
    return failure(
        "cannot " + what + ": " +
            (said.empty() ? "docker ended with " + std::to_string(result.exit_code) : said),
        "docker's own words are above; the command was `" + shown(command.argv) + "`");
}

std::string run_docker(const Command& command, const std::string& what) {
    CommandResult result = run_command(command);
    if (!result.ok()) {
        throw docker_error(command, result, what);
    }
    return std::move(result.out);
}

nlohmann::json docker_json(const Command& command, const std::string& what) {
    const std::string text = run_docker(command, what);
    nlohmann::json value = nlohmann::json::parse(text, nullptr, false);
    if (value.is_discarded()) {
        throw failure("cannot " + what + ": docker printed something else than JSON",
                      "try `" + shown(command.argv) + "`");
    }
    return value;
}

Engine ask_engine() {
    const nlohmann::json info =
        docker_json(docker({"info", "--format", "{{json .}}"}), "ask docker about itself");
    // The client prints what it knows of itself even when it reached no engine.
    if (info.contains("ServerErrors") && !info["ServerErrors"].empty()) {
        throw failure("docker does not run: " + info["ServerErrors"][0].get<std::string>(),
                      "start it (`systemctl start docker`), or look at `docker context ls` and "
                      "DOCKER_HOST");
    }
    Engine engine;
    for (const auto& option : info.value("SecurityOptions", nlohmann::json::array())) {
        engine.rootless = engine.rootless || contains(option.get<std::string>(), "rootless");
    }
    engine.desktop = contains(info.value("OperatingSystem", ""), "Docker Desktop");
    const CommandResult host =
        run_command(docker({"context", "inspect", "--format", "{{.Endpoints.docker.Host}}"}));
    engine.remote = host.ok() && (host.out.starts_with("tcp:") || host.out.starts_with("ssh:") ||
                                  host.out.starts_with("http"));
    return engine;
}

}  // namespace teal::cli::compose
