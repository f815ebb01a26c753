#include "cli/diagnosis/docker_facts.hpp"

#include <chrono>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

using nlohmann::json;

// An engine that hangs must not make `teal doctor` hang.
constexpr auto kDeadline = std::chrono::seconds(10);
constexpr int kNoSuchProgram = 127;

CommandResult docker_said(std::vector<std::string> argv) {
    Command command;
    command.argv = std::move(argv);
    command.deadline = kDeadline;
    return run_command(command);
}

const json* member(const json& object, const char* name) {
    const auto found = object.is_object() ? object.find(name) : object.end();
    return found == object.end() ? nullptr : &*found;
}

std::string text_of(const json& object, const char* name) {
    const json* value = member(object, name);
    return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

// The last line: before it docker prints warnings.
std::string last_line(const std::string& text) {
    const std::size_t newline = text.find_last_of('\n');
    return newline == std::string::npos ? text : text.substr(newline + 1);
}

void read_client(const json& info, DockerFacts& facts) {
    const json* client = member(info, "ClientInfo");
    if (client == nullptr) {
        return;
    }
    facts.client_version = text_of(*client, "Version");
    const json* plugins = member(*client, "Plugins");
    for (const json& plugin : plugins != nullptr ? *plugins : json::array()) {
        if (text_of(plugin, "Name") == "compose") {
            facts.compose_version = text_of(plugin, "Version");
        }
    }
}

void read_podman(const json& info, DockerFacts& facts) {
    const json* version = member(info, "version");
    const json* store = member(info, "store");
    const json* host = member(info, "host");
    if (version == nullptr || store == nullptr || host == nullptr) {
        return;
    }
    facts.is_podman = true;
    facts.client_version = facts.server_version = text_of(*version, "Version");
    facts.root_dir = text_of(*store, "graphRoot");
    facts.host = text_of(*host, "hostname");
}

}  // namespace

DockerFacts docker_facts(const CommandResult& info) {
    DockerFacts facts;
    facts.has_client = info.exit_code != kNoSuchProgram;
    if (!facts.has_client) {
        facts.problem = info.said();
        return facts;
    }
    const json answer = json::parse(info.out, nullptr, false);
    if (answer.is_object()) {
        read_client(answer, facts);
        facts.server_version = text_of(answer, "ServerVersion");
        facts.root_dir = text_of(answer, "DockerRootDir");
        facts.host = text_of(answer, "Name");
        read_podman(answer, facts);
        const json* errors = member(answer, "ServerErrors");
        if (errors != nullptr && errors->is_array() && !errors->empty() &&
            errors->front().is_string()) {
            facts.problem = errors->front().get<std::string>();
        }
    }
    if (facts.problem.empty() && (!info.ok() || facts.server_version.empty())) {
        // Not said(): without stderr that would be the whole JSON.
        const std::size_t end = info.err.find_last_not_of(" \t\r\n");
        facts.problem = info.timed_out             ? "no answer in time"
                        : end == std::string::npos ? "docker info failed"
                                                   : last_line(info.err.substr(0, end + 1));
    }
    facts.denied = facts.problem.find("permission denied") != std::string::npos;
    facts.reachable = facts.problem.empty();
    return facts;
}

DockerFacts ask_docker() {
    DockerFacts facts = docker_facts(docker_said({"docker", "info", "--format", "{{json .}}"}));
    if (facts.has_client && facts.compose_version.empty()) {
        const CommandResult compose = docker_said({"docker", "compose", "version", "--short"});
        if (compose.ok()) {
            facts.compose_version = compose.said();
        }
    }
    return facts;
}

}  // namespace teal::cli
