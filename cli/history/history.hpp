// history.json: what was done to the project's deployments, when, by whom, and how it ended.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace teal::cli {

struct PhaseTime {
    std::string phase;
    double seconds = 0;
};

struct HistoryEntry {
    std::uint64_t number = 0;  // given by History::add; counts on when old lines go
    std::uint64_t time_unix_ns = 0;
    std::string operation;  // "perform", "switch", "rollback", "cleanup", "down"
    std::string outcome;    // "switched", "deployed", "failed", "switched back", "cleaned up"
    std::string from;       // color that served before; empty: none
    std::string to;         // color concerned
    std::string snapshot;
    std::string phase;   // of a failure
    std::string reason;  // of a failure, or what the user said
    double seconds = 0;
    std::uint64_t generation = 0;
    std::string user;
    std::string host;
    std::vector<PhaseTime> phases{};   // in order; empty where nobody measured them
    std::string backup{};              // of the database, taken before it; its id, or empty
    std::string allowed_migrations{};  // why unsafe migrations were let pass; empty: none were
};

class History {
public:
    explicit History(const std::filesystem::path& deployment_directory)
        : file_(deployment_directory / "history.json") {}

    const std::filesystem::path& file() const { return file_; }

    // Oldest first; empty when there is none. Throws Error for a damaged file.
    std::vector<HistoryEntry> read() const;
    // Adds who and where. A damaged file is set aside under another name, which is returned (else
    // an empty string): a history must not keep a deployment from being recorded. The oldest
    // entries go beyond 1 000; totals.json (totals.hpp) takes it into account. REQUIRES: the
    // deployment lock. Throws Error.
    std::string add(HistoryEntry entry) const;

private:
    std::filesystem::path file_;
};

std::string history_text(const std::vector<HistoryEntry>& entries);
std::vector<HistoryEntry> parse_history(const std::string& file, const std::string& text);

// Who runs this, behind sudo too, and on which machine.
std::string user_name();
std::string host_name();

}  // namespace teal::cli
