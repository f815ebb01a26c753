#include "cli/snapshot/metadata.hpp"

#include "cli/error.hpp"

#include <algorithm>
#include <ctime>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kLayout = 1;

Json entry_json(const SnapshotEntry& entry) {
    const ProbeSpec& probe = entry.entry.probe;
    return {{"service", entry.service},
            {"split", entry.entry.split},
            {"port", entry.entry.port},
            {"replicas", entry.replicas},
            {"probe",
             {{"scheme", name_of(probe.scheme)},
              {"path", probe.path},
              {"host", probe.host},
              {"lowest_status", probe.lowest_status},
              {"highest_status", probe.highest_status},
              {"verify_certificate", probe.verify_certificate}}},
            {"smoke", entry.entry.smoke}};
}

SnapshotEntry entry_of(const Json& json) {
    SnapshotEntry entry;
    entry.service = json.at("service");
    entry.entry.split = json.at("split");
    entry.entry.port = json.at("port");
    entry.replicas = json.at("replicas");
    const Json& probe = json.at("probe");
    entry.entry.probe.scheme = parse_probe_scheme(probe.at("scheme"));
    entry.entry.probe.path = probe.at("path");
    entry.entry.probe.host = probe.at("host");
    entry.entry.probe.lowest_status = probe.at("lowest_status");
    entry.entry.probe.highest_status = probe.at("highest_status");
    entry.entry.probe.verify_certificate = probe.at("verify_certificate");
    entry.entry.smoke = json.at("smoke");
    return entry;
}

Json image_json(const ImageRecord& image) {
    return {{"service", image.service},
            {"written", image.written},
            {"id", image.id},
            {"digest", image.digest},
            {"pin", image.pin}};
}

ImageRecord image_of(const Json& json) {
    return {json.at("service"), json.at("written"), json.at("id"), json.at("digest"),
            json.at("pin")};
}

SnapshotMetadata read(const Json& json) {
    SnapshotMetadata metadata;
    if (json.at("layout").get<int>() != kLayout) {
        throw std::invalid_argument("layout " + json.at("layout").dump() + " is another version's");
    }
    metadata.id = json.at("id");
    const std::string color = json.at("color");
    const std::optional<Color> named = color_named(color);
    if (!named) {
        throw std::invalid_argument("color \"" + color + "\"");
    }
    metadata.color = *named;
    metadata.project = json.at("project");
    metadata.created_unix_ns = json.at("created_unix_ns");
    metadata.host = json.at("host");
    metadata.user = json.at("user");
    metadata.teal_version = json.at("teal_version");
    if (const Json& git = json.at("git"); !git.is_null()) {
        metadata.git = GitState{git.at("commit"), git.at("branch"), git.at("dirty")};
    }
    for (const Json& entry : json.at("entries")) {
        metadata.entries.push_back(entry_of(entry));
    }
    for (const Json& image : json.at("images")) {
        metadata.images.push_back(image_of(image));
    }
    for (const auto& [name, digest] : json.at("files").items()) {
        metadata.digests[name] = digest;
    }
    if (const auto migrations = json.find("migrations");
        migrations != json.end() && !migrations->is_null()) {
        metadata.migrations = migrations->get<std::vector<std::string>>();
    }
    metadata.rolled_from = json.value("rolled_from", "");
    metadata.backup = json.value("backup", "");
    metadata.deployed_unix_ns = json.at("deployed_unix_ns");
    metadata.served_unix_ns = json.at("served_unix_ns");
    return metadata;
}

}  // namespace

std::vector<std::string> SnapshotMetadata::splits() const {
    std::vector<std::string> names;
    for (const SnapshotEntry& entry : entries) {
        if (std::find(names.begin(), names.end(), entry.entry.split) == names.end()) {
            names.push_back(entry.entry.split);
        }
    }
    return names;
}

std::string metadata_text(const SnapshotMetadata& metadata) {
    Json json{{"layout", kLayout},
              {"id", metadata.id},
              {"color", name_of(metadata.color)},
              {"project", metadata.project},
              {"timestamp", utc_text(metadata.created_unix_ns)},
              {"created_unix_ns", metadata.created_unix_ns},
              {"host", metadata.host},
              {"user", metadata.user},
              {"teal_version", metadata.teal_version},
              {"git", Json()},
              {"entries", Json::array()},
              {"images", Json::array()},
              {"files", Json::object()},
              {"deployed_unix_ns", metadata.deployed_unix_ns},
              {"served_unix_ns", metadata.served_unix_ns}};
    if (metadata.git) {
        json["git"] = {{"commit", metadata.git->commit},
                       {"branch", metadata.git->branch},
                       {"dirty", metadata.git->dirty}};
    }
    for (const SnapshotEntry& entry : metadata.entries) {
        json["entries"].push_back(entry_json(entry));
    }
    for (const ImageRecord& image : metadata.images) {
        json["images"].push_back(image_json(image));
    }
    if (metadata.migrations) {
        json["migrations"] = *metadata.migrations;
    }
    if (!metadata.rolled_from.empty()) {
        json["rolled_from"] = metadata.rolled_from;
    }
    if (!metadata.backup.empty()) {
        json["backup"] = metadata.backup;
    }
    for (const auto& [name, digest] : metadata.digests) {
        json["files"][name] = digest;
    }
    return json.dump(2) + "\n";
}

SnapshotMetadata parse_metadata(const std::string& file, const std::string& text) {
    try {
        return read(Json::parse(text));
    } catch (const Error&) {
        throw;
    } catch (const std::exception& error) {
        throw failure(file + " is damaged: " + error.what(),
                      "this snapshot cannot be used; move its directory away");
    }
}

std::string utc_text(std::uint64_t unix_ns) {
    const auto seconds = static_cast<std::time_t>(unix_ns / 1'000'000'000u);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    char text[sizeof("2026-11-24T10:15:30Z")];
    return std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts) > 0 ? text : "?";
}

}  // namespace teal::cli
