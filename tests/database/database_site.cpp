#include "tests/database/database_site.hpp"

#include <regex>
#include <stdexcept>

namespace teal::database {

using namespace std::chrono_literals;

DatabaseSite::DatabaseSite()
    : directory(workspace.make_directory("project")),
      store(directory / ".teal/deployments/backups") {
    session("postgres").ask("CREATE DATABASE shop");
}

std::string DatabaseSite::uri(const std::string& database) const {
    return "postgresql://teal@/" + database + "?host=" + workspace.path("postgres").string();
}

SqlSession DatabaseSite::session(const std::string& database) const {
    return SqlSession(uri(database));
}

harness::ProcessOptions DatabaseSite::process(std::vector<std::string> words) const {
    harness::ProcessOptions command;
    command.argv = {TEAL_CLI_PATH, "db"};
    command.argv.insert(command.argv.end(), words.begin(), words.end());
    command.directory = directory;
    command.env = {{"DATABASE_URL", uri()}};
    for (const auto& [name, value] : environment) {
        command.env[name] = value;
    }
    return command;
}

harness::RunResult DatabaseSite::teal(std::vector<std::string> words) const {
    return harness::run(process(std::move(words)), 120s);
}

std::string DatabaseSite::must(std::vector<std::string> words) const {
    const harness::RunResult result = teal(words);
    if (result.exit_code != 0) {
        throw std::runtime_error("teal db " + words.front() + " ended with " +
                                 std::to_string(result.exit_code) + ": " + result.out + result.err);
    }
    return result.out;
}

nlohmann::json DatabaseSite::backups() const {
    return nlohmann::json::parse(must({"list", "--json"})).at("backups");
}

std::string DatabaseSite::content(const std::string& database) const {
    SqlSession sql = session(database);
    std::string text;
    for (const auto& row : sql.ask("SELECT format('%I.%I', schemaname, tablename) FROM pg_tables "
                                   "WHERE schemaname NOT IN ('pg_catalog', 'information_schema') "
                                   "ORDER BY 1")) {
        text += row.at(0) + " " +
                sql.one(
                    "SELECT count(*) || ' ' || coalesce(md5(string_agg(t::text, E'\\n' ORDER "
                    "BY t::text)), '') FROM ONLY " +
                    row[0] + " t") +
                "\n";
    }
    for (const auto& row : sql.ask("SELECT oid, md5(lo_get(oid)) FROM pg_largeobject_metadata "
                                   "ORDER BY oid")) {
        text += "large object " + row.at(0) + " " + row.at(1) + "\n";
    }
    for (const auto& row :
         sql.ask("SELECT schemaname, sequencename, last_value FROM pg_sequences ORDER BY 1, 2")) {
        text += "sequence " + row.at(0) + "." + row.at(1) + " " + row.at(2) + "\n";
    }
    return text;
}

std::string DatabaseSite::schema(const std::string& database) const {
    const harness::RunResult result = harness::run(
        {(harness::PostgresServer::binaries() / "pg_dump").string(), "-s", "-C", uri(database)});
    if (result.exit_code != 0) {
        throw std::runtime_error(result.err);
    }
    // Newer versions write a random word into it.
    std::string text = std::regex_replace(result.out, std::regex(R"(\\(un)?restrict .*)"), "");
    return std::regex_replace(text, std::regex("\\b" + database + "\\b"), "DATABASE");
}

std::vector<std::string> DatabaseSite::databases() const {
    std::vector<std::string> names;
    for (const auto& row :
         session("postgres")
             .ask("SELECT datname FROM pg_database WHERE datname NOT IN ('postgres', 'template0', "
                  "'template1') ORDER BY 1")) {
        names.push_back(row.at(0));
    }
    return names;
}

void DatabaseSite::make_rows(int count) const {
    session().ask(
        "DROP TABLE IF EXISTS bulk; CREATE TABLE bulk (id int PRIMARY KEY, text text); "
        "INSERT INTO bulk SELECT n, (SELECT string_agg(md5(n::text || i), '') FROM "
        "generate_series(1, 30) i) FROM generate_series(1, " +
        std::to_string(count) + ") n; CREATE INDEX ON bulk (md5(text))");
}

}  // namespace teal::database
