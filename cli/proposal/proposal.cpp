#include "cli/proposal/proposal.hpp"

#include "cli/files/durable_file.hpp"
#include "cli/project/project_directory.hpp"
#include "cli/stack/compose/resolved_project.hpp"
#include "cli/stack/open_stack.hpp"
#include "shared/table/names.hpp"

#include <algorithm>
#include <set>

namespace teal::cli {
namespace {

constexpr std::size_t kLongestSplit = 63;

}  // namespace

std::vector<std::string> ProjectProposal::splits() const {
    std::vector<std::string> names;
    for (const ServiceProposal& service : services) {
        if (service.entry && std::find(names.begin(), names.end(), service.split) == names.end()) {
            names.push_back(service.split);
        }
    }
    return names;
}

bool ProjectProposal::is_complete() const {
    return std::all_of(services.begin(), services.end(),
                       [](const auto& service) { return service.additions.empty(); });
}

ProjectProposal propose(const Settings& settings) {
    if (stack_kind(settings) == StackKind::procfile) {
        const std::filesystem::path file = settings.directory / kProcfileName;
        return propose_procfile(file, read_whole(file), settings);
    }
    const compose::ResolvedProject resolved = compose::resolve_project(settings);
    ProjectProposal proposal = propose_compose(resolved.project, settings);
    proposal.files = resolved.files;
    return proposal;
}

std::string split_name_for(const std::string& service) {
    std::string name = service.substr(0, kLongestSplit);
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return table::is_split_name(std::string(1, c)) ? c : '_'; });
    return name;
}

std::string first_word(const std::string& name) {
    return name.substr(0, name.find_first_of("-_"));
}

bool is_store(const std::string& image_or_name) {
    static const std::set<std::string> kStores = {
        "cassandra",     "clickhouse", "consul",   "couchdb",     "database", "db",
        "elasticsearch", "etcd",       "influxdb", "kafka",       "keydb",    "mariadb",
        "memcached",     "minio",      "mongo",    "mongodb",     "mysql",    "mysqld",
        "nats",          "opensearch", "percona",  "pgvector",    "postgis",  "postgres",
        "postgresql",    "rabbitmq",   "redis",    "timescaledb", "valkey",   "zookeeper"};
    std::string name = image_or_name.substr(image_or_name.rfind('/') + 1);
    name = name.substr(0, name.find_first_of(":@"));
    // "redis-stack", "redis-server", "mysql_primary" are what their first word says.
    return kStores.contains(name) || kStores.contains(first_word(name));
}

}  // namespace teal::cli
