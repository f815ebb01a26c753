#include "cli/history/history.hpp"

#include "cli/error.hpp"
#include "cli/files/durable_file.hpp"
#include "cli/history/totals.hpp"
#include "cli/snapshot/metadata.hpp"

#include <pwd.h>
#include <unistd.h>
#include <cstdlib>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostEntries = 1000;

Json phases_json(const std::vector<PhaseTime>& phases) {
    Json json = Json::array();
    for (const PhaseTime& phase : phases) {
        json.push_back({{"phase", phase.phase}, {"seconds", phase.seconds}});
    }
    return json;
}

// Lines of former versions have neither number nor phases.
void read_additions(const Json& json, std::uint64_t number, HistoryEntry& entry) {
    entry.number = json.value("number", number);
    for (const Json& phase : json.value("phases", Json::array())) {
        entry.phases.push_back({phase.at("phase"), phase.at("seconds")});
    }
}

// Also after a history that was lost: what is counted must not be counted again.
std::uint64_t next_number(const std::filesystem::path& directory,
                          const std::vector<HistoryEntry>& entries) {
    std::uint64_t last = entries.empty() ? 0 : entries.back().number;
    try {
        last = std::max(last, read_totals(directory).counted);
    } catch (const Error&) {  // dealt with when they are brought up to date
    }
    return last + 1;
}

// A damaged file is set aside; what the history still has is counted anew then.
void bring_totals_up_to_date(const std::filesystem::path& directory,
                             const std::vector<HistoryEntry>& entries) {
    DeploymentTotals totals;
    try {
        totals = read_totals(directory);
    } catch (const Error&) {
        const std::filesystem::path file = totals_file(directory);
        rename_durably(file, file.string() + ".damaged");
    }
    add_to_totals(totals, entries);
    write_durably(totals_file(directory), totals_text(totals));
}

}  // namespace

std::string history_text(const std::vector<HistoryEntry>& entries) {
    Json json = Json::array();
    for (const HistoryEntry& entry : entries) {
        json.push_back({{"number", entry.number},
                        {"time", utc_text(entry.time_unix_ns)},
                        {"time_unix_ns", entry.time_unix_ns},
                        {"operation", entry.operation},
                        {"outcome", entry.outcome},
                        {"from", entry.from},
                        {"to", entry.to},
                        {"snapshot", entry.snapshot},
                        {"phase", entry.phase},
                        {"reason", entry.reason},
                        {"seconds", entry.seconds},
                        {"generation", entry.generation},
                        {"user", entry.user},
                        {"host", entry.host},
                        {"phases", phases_json(entry.phases)}});
        if (!entry.backup.empty()) {
            json.back()["backup"] = entry.backup;
        }
        if (!entry.allowed_migrations.empty()) {
            json.back()["unsafe_migrations_allowed"] = entry.allowed_migrations;
        }
    }
    return json.dump(1) + "\n";
}

std::vector<HistoryEntry> parse_history(const std::string& file, const std::string& text) {
    try {
        std::vector<HistoryEntry> entries;
        for (const Json& json : Json::parse(text)) {
            HistoryEntry entry;
            entry.time_unix_ns = json.at("time_unix_ns");
            entry.operation = json.at("operation");
            entry.outcome = json.at("outcome");
            entry.from = json.at("from");
            entry.to = json.at("to");
            entry.snapshot = json.at("snapshot");
            entry.phase = json.at("phase");
            entry.reason = json.at("reason");
            entry.seconds = json.at("seconds");
            entry.generation = json.at("generation");
            entry.user = json.at("user");
            entry.host = json.at("host");
            read_additions(json, entries.size() + 1, entry);
            entry.backup = json.value("backup", "");
            entry.allowed_migrations = json.value("unsafe_migrations_allowed", "");
            entries.push_back(std::move(entry));
        }
        return entries;
    } catch (const std::exception& error) {
        throw failure(file + " is damaged: " + error.what(),
                      "move it away; the next deployment begins a new one");
    }
}

std::vector<HistoryEntry> History::read() const {
    const std::optional<std::string> text = read_if_exists(file_);
    return text ? parse_history(file_.string(), *text) : std::vector<HistoryEntry>{};
}

std::string History::add(HistoryEntry entry) const {
    std::vector<HistoryEntry> entries;
    std::string set_aside;
    try {
        entries = read();
    } catch (const Error&) {
        set_aside = file_.string() + ".damaged-" + std::to_string(entry.time_unix_ns);
        rename_durably(file_, set_aside);
    }
    entry.user = user_name();
    entry.host = host_name();
    entry.number = next_number(file_.parent_path(), entries);
    entries.push_back(std::move(entry));
    if (entries.size() > kMostEntries) {
        entries.erase(entries.begin(), entries.end() - kMostEntries);
    }
    make_directory(file_.parent_path());
    write_durably(file_, history_text(entries));
    try {
        bring_totals_up_to_date(file_.parent_path(), entries);
    } catch (const Error&) {
        // The line stands, and whoever adds the next one counts this one with it. An error here
        // would have the caller believe that there is no line.
    }
    return set_aside;
}

std::string user_name() {
    if (const char* sudo = std::getenv("SUDO_USER"); sudo != nullptr && *sudo != '\0') {
        return sudo;
    }
    passwd entry{};
    passwd* found = nullptr;
    char buffer[4096];
    const uid_t uid = getuid();
    return getpwuid_r(uid, &entry, buffer, sizeof(buffer), &found) == 0 && found != nullptr
               ? std::string(entry.pw_name)
               : "uid " + std::to_string(uid);
}

std::string host_name() {
    char name[256] = "";
    return gethostname(name, sizeof(name) - 1) == 0 ? name : "?";
}

}  // namespace teal::cli
