#include "cli/updates/registry.hpp"

#include "cli/process/command.hpp"

#include <arpa/inet.h>
#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

using nlohmann::json;

constexpr char kDockerHub[] = "docker.io";

CommandResult ask_registry_docker(std::vector<std::string> arguments, std::chrono::milliseconds patience) {
    Command command{.argv = {"docker"}};
    command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
    command.environment = {{"DOCKER_CLI_EXPERIMENTAL", "enabled"}};  // before 20.10
    command.deadline = patience;
    return run_command(command);
}

json member(const json& object, const char* name) {
    const auto found = object.is_object() ? object.find(name) : object.end();
    return object.is_object() && found != object.end() ? *found : json();
}

std::string text_of(const json& object, const char* name) {
    const json value = member(object, name);
    return value.is_string() ? value.get<std::string>() : std::string();
}

void add_manifest(const json& manifest, RegistryAnswer& answer) {
    // OCI manifests are in OCIManifest, docker's own in SchemaV2Manifest.
    std::string configuration;
    for (const char* form : {"SchemaV2Manifest", "OCIManifest"}) {
        const std::string found = text_of(member(member(manifest, form), "config"), "digest");
        configuration = found.empty() ? configuration : found;
    }
    for (const std::string& name :
         {text_of(member(manifest, "Descriptor"), "digest"), configuration}) {
        if (!name.empty()) {
            answer.names.push_back(name);
        }
    }
}

// "10.0.0.0/8" and an address of the same family.
bool is_within(const std::string& address, const std::string& network) {
    const std::size_t slash = network.find('/');
    in_addr base{};
    in_addr one{};
    if (slash == std::string::npos ||
        inet_pton(AF_INET, network.substr(0, slash).c_str(), &base) != 1 ||
        inet_pton(AF_INET, address.c_str(), &one) != 1) {
        return false;
    }
    const int bits = std::atoi(network.c_str() + slash + 1);
    const std::uint32_t mask = bits <= 0 ? 0 : ~std::uint32_t{0} << (32 - std::min(bits, 32));
    return (ntohl(base.s_addr) & mask) == (ntohl(one.s_addr) & mask);
}

}  // namespace

bool RegistryAnswer::has(const std::string& wanted) const {
    return std::find(names.begin(), names.end(), wanted) != names.end();
}

RegistryAnswer parse_manifests(const std::string& text) {
    RegistryAnswer answer;
    const json manifests = json::parse(text, nullptr, false);
    answer.is_list = manifests.is_array();
    for (const json& manifest : answer.is_list ? manifests : json::array({manifests})) {
        add_manifest(manifest, answer);
    }
    if (answer.names.empty()) {
        answer.problem = "docker manifest inspect told no digest";
    } else {
        answer.digest = answer.names.front();
    }
    return answer;
}

std::string registry_host(const std::string& image) {
    const std::size_t slash = image.find('/');
    const std::string first = slash == std::string::npos ? "" : image.substr(0, slash);
    // Docker's own rule: without a dot or a port it is a name on Docker Hub.
    return first.find_first_of(".:") != std::string::npos || first == "localhost" ? first
                                                                                  : kDockerHub;
}

bool is_insecure(const std::string& host, const std::string& config) {
    const std::string name = host.substr(0, host.rfind(':'));
    if (name == "localhost") {
        return true;
    }
    const json known = json::parse(config, nullptr, false);
    const json named = member(member(known, "IndexConfigs"), host.c_str());
    if (member(named, "Secure") == json(false)) {
        return true;
    }
    const json networks = member(known, "InsecureRegistryCIDRs");
    return networks.is_array() &&
           std::any_of(networks.begin(), networks.end(), [&](const json& network) {
               return network.is_string() && is_within(name, network.get<std::string>());
           });
}

RegistryAnswer Registries::ask(const std::string& image) const {
    std::vector<std::string> arguments = {"manifest", "inspect", "--verbose"};
    const std::string host = registry_host(image);
    // The client does not know what the engine was told of registries without TLS, and would say
    // "no such manifest" for them.
    if (host != kDockerHub) {
        const CommandResult info =
            ask_registry_docker({"info", "--format", "{{json .RegistryConfig}}"}, patience_);
        if (is_insecure(host, info.out)) {
            arguments.emplace_back("--insecure");
        }
    }
    arguments.push_back(image);
    const CommandResult result = ask_registry_docker(std::move(arguments), patience_);
    if (result.timed_out) {
        return {.problem = host + " did not answer in time"};
    }
    if (!result.ok()) {
        const std::string said = result.said();
        return {.problem = said.empty() ? "docker manifest inspect failed" : said};
    }
    return parse_manifests(result.out);
}

std::string Registries::list_digest(const std::string& image) const {
    const CommandResult result = ask_registry_docker(
        {"buildx", "imagetools", "inspect", "--format", "{{json .Manifest}}", image}, patience_);
    return result.ok() ? text_of(json::parse(result.out, nullptr, false), "digest") : std::string();
}

}  // namespace teal::cli
