// The programs that are installed here, on a server named by a URI.
#include "cli/database/connection_uri.hpp"
#include "cli/database/programs.hpp"
#include "cli/database/server.hpp"

#include "cli/error.hpp"

#include <csignal>

namespace teal::cli::database {
namespace {

class UriServer : public Server {
public:
    UriServer(const std::string& where, ConnectionUri uri)
        : where_(where), uri_(std::move(uri)), installed_(find_programs()) {
        programs_ = newest(installed_).directory;
        facts_ = ask_facts();
        const Programs& chosen = suitable(installed_, facts_);
        programs_ = chosen.directory;
        version_ = chosen.version;
    }

    std::string dump_version() const override {
        demand_suitable((programs_ / "pg_dump").string(), version_, facts_);
        return version_;
    }

    std::string place() const override { return uri_.text(); }

    std::string named_by() const override {
        std::string left_out;
        for (const std::string& name : uri_.left_out) {
            left_out += (left_out.empty() ? ", without " : ", ") + name;
        }
        return where_ + left_out;
    }

    Command command(const ProgramCall& call) const override {
        Command made = fed_command(call);
        made.input = call.input;
        return made;
    }

    Command fed_command(const ProgramCall& call) const override {
        Command made;
        made.argv = {(programs_ / call.program).string()};
        made.argv.insert(made.argv.end(), call.arguments.begin(), call.arguments.end());
        if (call.connects) {
            made.argv.insert(made.argv.end(), {"-d", with_options(call).text(call.database)});
        }
        made.environment = {{"PGAPPNAME", "teal"}, {"PGCONNECT_TIMEOUT", "10"}};
        if (call.program == "pg_restore") {
            made.environment.emplace_back("LC_ALL", "C");  // its complaints are read
        }
        if (!uri_.password.empty()) {
            made.environment.emplace_back("PGPASSWORD", uri_.password);
        }
        if (!call.options.empty()) {
            made.environment.emplace_back("PGOPTIONS", call.options);
        }
        made.deadline = kNoDeadline;
        made.end_signal = SIGINT;  // upon which it cancels what the server does for it
        return made;
    }

private:
    // The URI's own go over PGOPTIONS.
    ConnectionUri with_options(const ProgramCall& call) const {
        ConnectionUri uri = uri_;
        for (auto& [name, value] : uri.parameters) {
            if (name == "options" && !call.options.empty()) {
                value += percent_encoded(" " + call.options);
            }
        }
        return uri;
    }

    std::string where_;
    ConnectionUri uri_;
    std::vector<Programs> installed_;
    std::filesystem::path programs_{};
    std::string version_{};
};

}  // namespace

std::unique_ptr<Server> server_at(const std::string& where, const std::string& text,
                                  const std::string& database) {
    ConnectionUri uri = parse_connection_uri(where, text);
    uri.database = database.empty() ? uri.database : database;
    return std::make_unique<UriServer>(where, std::move(uri));
}

}  // namespace teal::cli::database
