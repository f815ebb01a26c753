// The programs inside the database's container, by `docker exec`.
//
// `docker exec` that is killed leaves its program running in the container: a pg_dump would go on
// holding its locks and its snapshot, for nobody. What does close is the program's standard input.
// So a shell in the container waits for the end of its own input and ends the program then; the
// program's input, which comes first, has its length told beforehand.
#include "cli/database/server.hpp"

#include "cli/error.hpp"
#include "cli/process/command.hpp"
#include "cli/stack/compose/docker.hpp"

#include <fmt/format.h>
#include <cstdlib>

namespace teal::cli::database {
namespace {

// Where the programs are, who connects, and the password: from what the container was given.
constexpr char kEnvironment[] =
    R"(for bin in /usr/lib/postgresql/*/bin /opt/bitnami/postgresql/bin /usr/local/pgsql/bin; do
    [ -d "$bin" ] && PATH=$PATH:$bin
done
PGUSER=${PGUSER:-${POSTGRES_USER:-${POSTGRESQL_USERNAME:-postgres}}}
PGDATABASE=${TEAL_DATABASE:-${PGDATABASE:-${POSTGRES_DB:-${POSTGRESQL_DATABASE:-$PGUSER}}}}
if [ -z "${PGPASSWORD-}" ]; then
    file=${POSTGRES_PASSWORD_FILE:-${POSTGRESQL_PASSWORD_FILE-}}
    if [ -n "$file" ] && [ -r "$file" ]; then PGPASSWORD=$(cat "$file")
    else PGPASSWORD=${POSTGRES_PASSWORD:-${POSTGRESQL_PASSWORD-}}
    fi
fi
if [ -z "${PGHOST-}" ]; then
    PGHOST=localhost
    for sockets in /tmp /run/postgresql /var/run/postgresql; do
        [ -S "$sockets/.s.PGSQL.${PGPORT:-5432}" ] && PGHOST=$sockets
    done
fi
export PATH PGUSER PGDATABASE PGPASSWORD PGHOST
)";

// TEAL_INPUT bytes are for the program; the end of what follows is ours.
//
// The first process of such a container is PostgreSQL's postmaster. An orphan becomes its child,
// and one that ends by a signal looks to it like a server process that crashed: it restarts all of
// them. So this shell ends after every process that it started, and asks for each.
constexpr char kGuarded[] =
    R"(exec 3<&0
if [ "${TEAL_INPUT:-0}" -gt 0 ]; then
    text=$(head -c "$TEAL_INPUT" <&3; printf .)
    printf %s "${text%.}" | "$@" &
else
    "$@" < /dev/null &
fi
program=$!
(
    while read -r ignored <&3; do :; done
    trap '' TERM
    kill -INT "$program"; sleep 1; kill -TERM "$program"
) > /dev/null 2>&1 &
guard=$!
wait "$program"
code=$?
kill "$guard" 2> /dev/null
wait
exit "$code"
)";

constexpr char kFed[] = "exec \"$@\"\n";

constexpr char kStaging[] = "/tmp/teal-staging";

class ContainerServer : public Server {
public:
    ContainerServer(std::string service, std::string container, std::string database)
        : service_(std::move(service)),
          container_(std::move(container)),
          database_(std::move(database)) {
        facts_ = ask_facts();
    }

    std::string dump_version() const override {
        if (!dump_version_.empty()) {
            return dump_version_;
        }
        const CommandResult result = run_command(
            command({.program = "pg_dump", .arguments = {"--version"}, .connects = false}));
        if (!result.ok()) {
            throw failure(container_ + " has no pg_dump: " + result.said(),
                          "use an image with PostgreSQL's client programs, or --database URI");
        }
        const std::string version = program_version(result.out);
        demand_suitable("pg_dump in " + container_, version, facts_);
        dump_version_ = version;
        return version;
    }

    std::string place() const override {
        return "service " + service_ + " (container " + container_ + ")";
    }

    Command command(const ProgramCall& call) const override {
        Command made = in_shell(kGuarded, call);
        made.input = call.input;
        made.hold_input = true;
        return made;
    }

    Command fed_command(const ProgramCall& call) const override { return in_shell(kFed, call); }

    std::string make_staging() const override {
        must("rm -rf \"$1\" && umask 077 && mkdir \"$1\"");
        return kStaging;
    }
    void remove_staging() const override { must("rm -rf \"$1\""); }

    std::uint64_t staged_bytes() const override {
        const CommandResult said = run_command(exec({}, {"du", "-sk", kStaging}));
        return said.ok() ? std::strtoull(said.out.c_str(), nullptr, 10) * 1024 : 0;
    }

    Command pack(const std::string& directory) const override {
        return exec({}, {"tar", "-C", directory, "-cf", "-", "."});
    }
    Command unpack(const std::string& directory) const override {
        return exec({}, {"tar", "-C", directory, "--no-same-owner", "-xf", "-"});
    }

private:
    Command exec(const std::vector<std::string>& variables, std::vector<std::string> words) const {
        std::vector<std::string> arguments{"exec", "-i"};
        for (const std::string& variable : variables) {
            arguments.insert(arguments.end(), {"-e", variable});
        }
        arguments.push_back(container_);
        arguments.insert(arguments.end(), words.begin(), words.end());
        Command made = compose::docker(std::move(arguments));
        made.deadline = kNoDeadline;
        return made;
    }

    Command in_shell(const char* then, const ProgramCall& call) const {
        const std::string script = fmt::format("{}{}", kEnvironment, then);
        std::vector<std::string> variables{"PGAPPNAME=teal", "PGCONNECT_TIMEOUT=10",
                                           "TEAL_INPUT=" + std::to_string(call.input.size())};
        if (!database_.empty()) {
            variables.push_back("TEAL_DATABASE=" + database_);
        }
        if (!call.options.empty()) {
            variables.push_back("PGOPTIONS=" + call.options);
        }
        std::vector<std::string> words{"sh", "-c", script, "teal", call.program};
        words.insert(words.end(), call.arguments.begin(), call.arguments.end());
        if (call.connects) {
            // psql, pg_dump and pg_restore alike; pg_restore connects only when it is told.
            const std::string name = call.database.empty() ? facts_.database : call.database;
            if (!name.empty()) {
                words.insert(words.end(), {"-d", database_word(name)});
            }
        }
        return exec(variables, std::move(words));
    }

    void must(const std::string& script) const {
        compose::run_docker(exec({}, {"sh", "-c", script, "teal", kStaging}),
                            "use " + std::string(kStaging) + " in " + container_);
    }

    mutable std::string dump_version_{};  // once asked
    std::string service_;
    std::string container_;
    std::string database_;
};

}  // namespace

std::unique_ptr<Server> server_in_container(const std::string& service,
                                            const std::string& container,
                                            const std::string& database) {
    return std::make_unique<ContainerServer>(service, container, database);
}

}  // namespace teal::cli::database
