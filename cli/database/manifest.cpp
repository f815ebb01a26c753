#include "cli/database/manifest.hpp"

#include "cli/error.hpp"
#include "cli/snapshot/metadata.hpp"

#include <nlohmann/json.hpp>

namespace teal::cli::database {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kLayout = 1;

// A backup is read from, and its files removed, by these names.
void demand_inside(const std::string& name) {
    const bool inside = !name.empty() && name.front() != '/' &&
                        ("/" + name + "/").find("/../") == std::string::npos;
    if (!inside) {
        throw std::invalid_argument("file \"" + name + "\" is outside of the backup");
    }
}

Manifest manifest_of(const Json& json) {
    if (json.at("layout").get<int>() != kLayout) {
        throw std::invalid_argument("layout " + json.at("layout").dump() + " is another version's");
    }
    Manifest manifest;
    manifest.id = json.at("id");
    manifest.label = json.at("label");
    manifest.database = json.at("database");
    manifest.place = json.at("place");
    manifest.server_version = json.at("server_version");
    manifest.dump_version = json.at("dump_version");
    manifest.directory_format = json.at("format") == "directory";
    manifest.created_unix_ns = json.at("created_unix_ns");
    manifest.seconds = json.at("seconds");
    manifest.database_bytes = json.at("database_bytes");
    for (const Json& file : json.at("files")) {
        manifest.files.push_back({file.at("name"), file.at("bytes"), file.at("sha256")});
        demand_inside(manifest.files.back().name);
    }
    if (manifest.files.empty()) {
        throw std::invalid_argument("it names no file");
    }
    const Json& properties = json.at("properties");
    manifest.properties.create = properties.at("create");
    manifest.properties.statements = properties.at("statements").get<std::vector<std::string>>();
    manifest.properties.comment = properties.at("comment");
    manifest.verified = json.at("verified");
    manifest.rows = json.at("rows").get<std::map<std::string, std::uint64_t>>();
    manifest.user = json.at("user");
    manifest.host = json.at("host");
    manifest.teal_version = json.at("teal_version");
    return manifest;
}

}  // namespace

std::uint64_t Manifest::bytes() const {
    std::uint64_t sum = 0;
    for (const BackupFile& file : files) {
        sum += file.bytes;
    }
    return sum;
}

std::string manifest_text(const Manifest& manifest) {
    Json json{{"layout", kLayout},
              {"id", manifest.id},
              {"label", manifest.label},
              {"database", manifest.database},
              {"place", manifest.place},
              {"server_version", manifest.server_version},
              {"dump_version", manifest.dump_version},
              {"format", manifest.directory_format ? "directory" : "custom"},
              {"timestamp", utc_text(manifest.created_unix_ns)},
              {"created_unix_ns", manifest.created_unix_ns},
              {"seconds", manifest.seconds},
              {"database_bytes", manifest.database_bytes},
              {"files", Json::array()},
              {"properties",
               {{"create", manifest.properties.create},
                {"statements", manifest.properties.statements},
                {"comment", manifest.properties.comment}}},
              {"verified", manifest.verified},
              {"rows", manifest.rows},
              {"user", manifest.user},
              {"host", manifest.host},
              {"teal_version", manifest.teal_version}};
    for (const BackupFile& file : manifest.files) {
        json["files"].push_back(
            {{"name", file.name}, {"bytes", file.bytes}, {"sha256", file.sha256}});
    }
    // Names in a database of another encoding are no UTF-8.
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Manifest parse_manifest(const std::string& file, const std::string& text) {
    try {
        return manifest_of(Json::parse(text));
    } catch (const std::exception& error) {
        throw failure(file + " is damaged: " + error.what(),
                      "this backup cannot be used by teal; pg_restore may still read its files");
    }
}

}  // namespace teal::cli::database
