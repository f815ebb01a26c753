#include "cli/database/server.hpp"

#include "cli/database/ask.hpp"
#include "cli/error.hpp"

#include <cstdlib>

namespace teal::cli::database {

ServerFacts Server::ask_facts() const {
    const Rows rows = ask(*this,
                          "SELECT current_setting('server_version_num'), "
                          "current_setting('server_version'), current_database(), current_user");
    ServerFacts facts;
    facts.version_num = std::atoi(rows.at(0).at(0).c_str());
    facts.version = rows[0].at(1).substr(0, rows[0][1].find(' '));
    facts.database = rows[0].at(2);
    facts.user = rows[0].at(3);
    if (facts.major() < kOldestServer) {
        throw failure(place() + " is PostgreSQL " + facts.version +
                          ", and 13 is the oldest that "
                          "is supported",
                      "upgrade the server, or use pg_dump and pg_restore by hand");
    }
    return facts;
}

std::string described(const Server& server) {
    const ServerFacts& facts = server.facts();
    const std::string by = server.named_by();
    return "database " + facts.database + " of " + server.place() +
           (by.empty() ? "" : " (" + by + ")") + ", PostgreSQL " + facts.version;
}

std::string program_version(const std::string& said) {
    constexpr char kMark[] = "(PostgreSQL) ";
    const std::size_t at = said.find(kMark);
    if (at == std::string::npos) {
        return {};
    }
    const std::size_t begin = at + sizeof(kMark) - 1;
    const std::string version = said.substr(begin, said.find_first_of(" \n", begin) - begin);
    return major_of(version) > 0 ? version : "";
}

int major_of(const std::string& version) {
    return std::atoi(version.c_str());
}

void demand_suitable(const std::string& pg_dump, const std::string& version,
                     const ServerFacts& server) {
    if (version.empty()) {
        throw failure(pg_dump + " does not say its version",
                      "see what `" + pg_dump + " --version` prints");
    }
    if (major_of(version) < server.major()) {
        const std::string major = std::to_string(server.major());
        throw failure(pg_dump + " is " + version + ", older than the server, which is " +
                          server.version + ": it would refuse to dump it",
                      "install postgresql-client-" + major +
                          ", or name the directory of newer programs: TEAL_POSTGRES_BIN");
    }
}

std::string database_word(const std::string& database) {
    std::string word = "dbname='";
    for (const char c : database) {
        word += c == '\'' || c == '\\' ? std::string("\\") + c : std::string(1, c);
    }
    return word + "'";
}

}  // namespace teal::cli::database
