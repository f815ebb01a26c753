#include "cli/database/swap.hpp"

#include "cli/database/ask.hpp"
#include "cli/database/properties.hpp"
#include "cli/error.hpp"
#include "cli/process/conversation.hpp"

namespace teal::cli::database {
namespace {

constexpr int kAttempts = 3;
constexpr auto kBetweenEnds = std::chrono::milliseconds(50);
constexpr auto kLongestSwap = std::chrono::seconds(60);
constexpr char kDone[] = "teal: swapped";

std::string renames(const Swap& swap, const DatabaseProperties& properties) {
    std::string sql = "BEGIN;\nSET LOCAL lock_timeout = '30s';\n";
    if (!swap.kept_as.empty()) {
        sql += "ALTER DATABASE " + quoted_name(swap.name) + " RENAME TO " +
               quoted_name(swap.kept_as) + ";\n";
    }
    sql += "ALTER DATABASE " + quoted_name(swap.restored) + " RENAME TO " + quoted_name(swap.name) +
           ";\n" + unmarking(swap.name, properties) + "COMMIT;\n\\echo " + kDone + "\n";
    return sql;
}

void end_sessions(const Server& server, const Swap& swap) {
    ask(server,
        "SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity "
        "WHERE datname IN (" +
            quoted_literal(swap.name) + ", " + quoted_literal(swap.restored) + ");",
        maintenance_database(swap.name));
}

// Empty when it is done, or what the server said.
std::string attempt(const Server& server, const Swap& swap, const DatabaseProperties& properties) {
    Conversation session(server.fed_command(question(maintenance_database(swap.name))));
    session.say(renames(swap, properties));
    const auto until = std::chrono::steady_clock::now() + kLongestSwap;
    while (std::chrono::steady_clock::now() < until) {
        const std::optional<std::string> line = session.hear(kBetweenEnds);
        if (line == kDone) {
            return {};
        }
        if (session.has_ended()) {
            break;
        }
        end_sessions(server, swap);
    }
    const std::string said = session.said();
    return said.empty() ? "no answer" : said;
}

}  // namespace

void swap_in(const Server& server, const Swap& swap, const DatabaseProperties& properties) {
    std::string said;
    for (int i = 0; i < kAttempts; ++i) {
        said = attempt(server, swap, properties);
        if (said.empty()) {
            return;
        }
    }
    throw failure("database " + swap.name + " could not be replaced: " + said,
                  "it serves as before, and what was restored is dropped; sessions that come back "
                  "at once, and prepared transactions (pg_prepared_xacts), are in the way");
}

}  // namespace teal::cli::database
