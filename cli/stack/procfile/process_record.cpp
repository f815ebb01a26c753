#include "cli/stack/procfile/process_record.hpp"

#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

constexpr int kRecordVersion = 1;
constexpr const char* kPhases[] = {"running", "waiting", "stopped"};

nlohmann::ordered_json json_of(const ProcessIdentity& identity) {
    return {{"pid", identity.pid}, {"start_ticks", identity.start_ticks}};
}

ProcessIdentity identity_in(const nlohmann::json& json) {
    return {json.at("pid").get<pid_t>(), json.at("start_ticks").get<std::uint64_t>()};
}

std::optional<ProcessPhase> phase_named(const std::string& name) {
    for (int i = 0; i < 3; ++i) {
        if (name == kPhases[i]) {
            return static_cast<ProcessPhase>(i);
        }
    }
    return std::nullopt;
}

}  // namespace

std::string to_text(const ProcessRecord& record) {
    const nlohmann::ordered_json json{{"version", kRecordVersion},
                                      {"service", record.service},
                                      {"number", record.number},
                                      {"snapshot", record.snapshot},
                                      {"boot", record.boot},
                                      {"phase", kPhases[static_cast<int>(record.phase)]},
                                      {"port", record.port},
                                      {"supervisor", json_of(record.supervisor)},
                                      {"process", json_of(record.process)},
                                      {"started_unix_s", record.started_unix_s},
                                      {"restarts", record.restarts},
                                      {"restart_unix_ms", record.restart_unix_ms},
                                      {"last_exit", record.last_exit}};
    return json.dump(2) + "\n";
}

std::optional<ProcessRecord> parse_process_record(const std::string& text) {
    const nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
    if (!json.is_object() || json.value("version", nlohmann::json()) != kRecordVersion) {
        return std::nullopt;
    }
    try {
        const std::optional<ProcessPhase> phase = phase_named(json.at("phase"));
        if (!phase) {
            return std::nullopt;
        }
        ProcessRecord record;
        record.service = json.at("service");
        record.number = json.at("number");
        record.snapshot = json.at("snapshot");
        record.boot = json.at("boot");
        record.phase = *phase;
        record.port = json.at("port");
        record.supervisor = identity_in(json.at("supervisor"));
        record.process = identity_in(json.at("process"));
        record.started_unix_s = json.at("started_unix_s");
        record.restarts = json.at("restarts");
        record.restart_unix_ms = json.at("restart_unix_ms");
        record.last_exit = json.at("last_exit");
        return record;
    } catch (const nlohmann::json::exception&) {
        return std::nullopt;
    }
}

std::string instance_name(const std::string& service, std::uint32_t number) {
    return service + "." + std::to_string(number);
}

}  // namespace teal::cli
