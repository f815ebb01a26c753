#include "cli/stack/compose/containers.hpp"

#include "cli/stack/compose/docker.hpp"

#include <algorithm>
#include <ctime>
#include <sstream>
#include <utility>

namespace teal::cli::compose {
namespace {

using nlohmann::json;

constexpr char kService[] = "com.docker.compose.service";
constexpr char kNumber[] = "com.docker.compose.container-number";
constexpr char kProject[] = "com.docker.compose.project";
constexpr char kOneOff[] = "com.docker.compose.oneoff";

const json& part(const json& object, const char* name) {
    static const json empty = json::object();
    const auto found = object.is_object() ? object.find(name) : object.end();
    return found == object.end() || !found->is_object() ? empty : *found;
}

// "2026-11-24T09:17:54.123Z" in seconds; 0 for docker's "never" (year 1).
std::int64_t unix_seconds(const std::string& time) {
    std::tm parts{};
    if (strptime(time.c_str(), "%Y-%m-%dT%H:%M:%S", &parts) == nullptr) {
        return 0;
    }
    return std::max<std::int64_t>(0, timegm(&parts));
}

void read_state(const json& container, bool is_job, Instance& instance) {
    const json& state = part(container, "State");
    const std::string status = state.value("Status", "");
    const std::string health = part(state, "Health").value("Status", "none");
    instance.started_unix_s = unix_seconds(state.value("StartedAt", ""));
    instance.detail = status;
    instance.healthy = true;
    if (status == "running") {
        instance.state = InstanceState::running;
        instance.healthy = health == "none" || health == "healthy" || health.empty();
        instance.detail = health == "none" || health.empty() ? "running" : health;
    } else if (status == "created" || status == "restarting") {
        instance.state = InstanceState::starting;
        instance.healthy = false;
    } else if (status == "paused") {
        instance.state = InstanceState::running;
        instance.healthy = false;
    } else {
        const int code = state.value("ExitCode", -1);
        instance.state = InstanceState::exited;
        instance.healthy = is_job && code == 0;
        instance.detail = instance.healthy ? "completed" : "exited with " + std::to_string(code);
        if (state.value("OOMKilled", false)) {
            instance.detail += ", out of memory";
        }
    }
}

Instance instance_of(const json& container, const std::vector<json>& containers,
                     const StackRoles& roles) {
    Instance instance;
    instance.service = label_of(container, kService);
    const std::string number = label_of(container, kNumber);
    instance.number = number.empty() ? 1 : static_cast<std::uint32_t>(std::stoul(number));
    instance.name = container.value("Name", "");
    instance.name.erase(0, instance.name.starts_with('/') ? 1 : 0);
    instance.id = container.value("Id", "");
    read_state(container, roles.jobs.contains(instance.service), instance);
    instance.restarts = container.value("RestartCount", 0U);
    if (!label_of(container, "teal.entry").empty()) {
        instance.address = address_of(container, containers);
    }
    return instance;
}

std::string address_in(const json& network, const std::string& port) {
    const std::string v4 = network.value("IPAddress", "");
    const std::string v6 = network.value("GlobalIPv6Address", "");
    if (!v4.empty()) {
        return v4 + ":" + port;
    }
    return v6.empty() ? "" : "[" + v6 + "]:" + port;
}

std::string published_at(const json& container, const std::string& port) {
    const json& ports = part(part(container, "NetworkSettings"), "Ports");
    const auto bindings = ports.find(port + "/tcp");
    if (bindings == ports.end() || !bindings->is_array() || bindings->empty()) {
        return {};
    }
    const json& binding = bindings->front();
    const std::string host = binding.value("HostIp", "");
    const bool any = host.empty() || host == "0.0.0.0" || host == "::";
    return (any ? "127.0.0.1" : host) + ":" + binding.value("HostPort", "");
}

// A container whose network is another's (network_mode: service:x) has that one's addresses.
const json& owner_of_network(const json& container, const std::vector<json>& containers) {
    constexpr std::string_view kContainer = "container:";
    const std::string mode = part(container, "HostConfig").value("NetworkMode", "");
    if (mode.starts_with(kContainer)) {
        for (const json& other : containers) {
            if (other.value("Id", "") == mode.substr(kContainer.size())) {
                return other;
            }
        }
    }
    return container;
}

}  // namespace

std::vector<json> containers_with(const std::vector<std::string>& labels) {
    std::vector<std::string> arguments = {"ps", "-a", "-q", "--no-trunc"};
    for (const std::string& label : labels) {
        arguments.insert(arguments.end(), {"--filter", "label=" + label});
    }
    std::istringstream words(run_docker(docker(std::move(arguments)), "list the containers"));
    std::vector<std::string> ids;
    for (std::string id; words >> id;) {
        ids.push_back(std::move(id));
    }
    return inspect_containers(ids);
}

std::vector<ListedContainer> list_containers() {
    const std::string format =
        "{{.ID}}\t{{.Label \"com.docker.compose.project\"}}\t{{.Label \"teal.directory\"}}\t"
        "{{.Label \"teal.color\"}}\t{{.Label \"teal.stack\"}}";
    std::istringstream lines(
        run_docker(docker({"ps", "-a", "--no-trunc", "--filter", std::string("label=") + kProject,
                           "--format", format}),
                   "list the containers"));
    std::vector<ListedContainer> found;
    for (std::string line; std::getline(lines, line);) {
        if (std::optional<ListedContainer> listed = parse_listed(line)) {
            found.push_back(std::move(*listed));
        }
    }
    return found;
}

std::optional<ListedContainer> parse_listed(const std::string& line) {
    ListedContainer listed;
    std::string* const fields[] = {&listed.id, &listed.project, &listed.directory, &listed.color,
                                   &listed.roles};
    std::size_t at = 0;
    for (std::string* field : fields) {
        if (at > line.size()) {
            return std::nullopt;
        }
        const std::size_t tab = std::min(line.find('\t', at), line.size());
        *field = line.substr(at, tab - at);
        at = tab + 1;
    }
    return at == line.size() + 1 && !listed.id.empty() ? std::optional(listed) : std::nullopt;
}

std::vector<json> inspect_containers(const std::vector<std::string>& ids) {
    if (ids.empty()) {
        return {};
    }
    std::vector<std::string> inspect = {"inspect", "--type", "container"};
    inspect.insert(inspect.end(), ids.begin(), ids.end());
    const Command command = docker(std::move(inspect));
    const CommandResult result = run_command(command);
    // One that has gone in between is reported by a line of its own; the others are printed.
    json containers = json::parse(result.out, nullptr, false);
    if (!containers.is_array() ||
        (!result.ok() && result.err.find("o such container") == std::string::npos)) {
        throw docker_error(command, result, "look at the containers");
    }
    std::vector<json> found;
    for (json& container : containers) {
        if (label_of(container, kOneOff) != "True") {
            found.push_back(std::move(container));
        }
    }
    return found;
}

std::string label_of(const json& container, const std::string& label) {
    return part(part(container, "Config"), "Labels").value(label, "");
}

std::optional<StackRoles> roles_on(const std::vector<json>& containers) {
    std::string newest;
    std::optional<StackRoles> roles;
    for (const json& container : containers) {
        const std::string created = container.value("Created", "");
        // Of another version of ours, an older container may still say it.
        if (auto said = parse_roles(label_of(container, "teal.stack")); said && created >= newest) {
            roles = std::move(said);
            newest = created;
        }
    }
    return roles;
}

std::optional<StackRoles> parse_roles(const std::string& label) {
    const json stack = json::parse(label, nullptr, false);
    try {
        return stack.is_object() ? std::optional(stack.get<StackRoles>()) : std::nullopt;
    } catch (const json::exception&) {
        return std::nullopt;
    }
}

std::vector<Instance> instances_of(const std::vector<json>& containers,
                                   const std::map<std::string, std::uint32_t>& wanted,
                                   const StackRoles& roles, bool only_wanted) {
    std::map<std::string, std::map<std::uint32_t, Instance>> found;
    for (const auto& [service, replicas] : wanted) {
        found[service];
    }
    for (const json& container : containers) {
        Instance instance = instance_of(container, containers, roles);
        if (!only_wanted || wanted.contains(instance.service)) {
            found[instance.service][instance.number] = std::move(instance);
        }
    }
    std::vector<Instance> instances;
    for (auto& [service, numbered] : found) {
        const auto replicas = wanted.find(service);
        const std::size_t count = replicas == wanted.end() ? 0 : replicas->second;
        for (std::uint32_t number = 1; numbered.size() < count; ++number) {
            if (!numbered.contains(number)) {
                numbered[number] = {.service = service,
                                    .number = number,
                                    .name = service + "-" + std::to_string(number),
                                    .id = {},
                                    .state = InstanceState::missing,
                                    .detail = "missing",
                                    .healthy = false};
            }
        }
        for (auto& [number, instance] : numbered) {
            instances.push_back(std::move(instance));
        }
    }
    return instances;
}

std::string address_of(const json& container, const std::vector<json>& containers) {
    const std::string port = label_of(container, "teal.entry");
    const json& owner = owner_of_network(container, containers);
    if (std::string published = published_at(owner, port); !published.empty()) {
        return published;
    }
    const json& networks = part(part(owner, "NetworkSettings"), "Networks");
    const std::string by_default = label_of(container, kProject) + "_default";
    if (networks.contains(by_default)) {
        if (std::string address = address_in(networks[by_default], port); !address.empty()) {
            return address;
        }
    }
    for (const auto& [name, network] : networks.items()) {
        if (std::string address = address_in(network, port); !address.empty()) {
            return address;
        }
    }
    return {};
}

}  // namespace teal::cli::compose
