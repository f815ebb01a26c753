#include "tests/harness/postgres_server.hpp"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <stdexcept>

#include "tests/harness/wait.hpp"

namespace teal::harness {

namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kPatience{60};

const passwd& server_user() {
    for (const char* name : {"postgres", "nobody"}) {
        if (const passwd* user = ::getpwnam(name)) {
            return *user;
        }
    }
    throw std::runtime_error("neither a user postgres nor a user nobody: PostgreSQL cannot run");
}

// `argv` as an unprivileged user, ended with this process.
std::vector<std::string> unprivileged(std::vector<std::string> argv) {
    std::vector<std::string> command{"setpriv", "--pdeathsig", "INT"};
    if (::geteuid() == 0) {
        const passwd& user = server_user();
        command.insert(command.end(), {"--reuid", std::to_string(user.pw_uid), "--regid",
                                       std::to_string(user.pw_gid), "--clear-groups"});
    }
    command.push_back("--");
    command.insert(command.end(), argv.begin(), argv.end());
    return command;
}

}  // namespace

fs::path PostgresServer::binaries() {
    if (const char* named = std::getenv("TEAL_POSTGRES_BIN"); named != nullptr && *named != '\0') {
        return named;
    }
    fs::path newest;
    int version = 0;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql", error)) {
        const int here = std::atoi(entry.path().filename().c_str());
        if (here > version && ::access((entry.path() / "bin/initdb").c_str(), X_OK) == 0) {
            version = here;
            newest = entry.path() / "bin";
        }
    }
    if (newest.empty()) {
        throw std::runtime_error("no /usr/lib/postgresql/*/bin/initdb: install postgresql");
    }
    return newest;
}

PostgresServer::PostgresServer(Workspace& workspace) : root_(workspace.make_directory("postgres")) {
    if (::geteuid() == 0 &&
        ::chown(root_.c_str(), server_user().pw_uid, server_user().pw_gid) != 0) {
        throw std::system_error(errno, std::generic_category(), "chown " + root_.string());
    }
    const fs::path bin = binaries();
    const std::string data = root_ / "data";
    const RunResult made =
        run({.argv = unprivileged({bin / "initdb", "-D", data, "-U", "teal", "--auth=trust", "-E",
                                   "UTF8", "--locale=C", "--no-sync"}),
             .directory = root_},
            kPatience);
    if (made.exit_code != 0) {
        throw std::runtime_error("initdb: " + made.out + made.err);
    }
    server_ = std::make_unique<Process>(ProcessOptions{
        .argv = unprivileged({bin / "postgres", "-D", data, "-k", root_, "-c",
                              "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=20",
                              "-c", "autovacuum=off", "-c", "logging_collector=off"}),
        .directory = root_});
    const std::vector<std::string> ready{bin / "pg_isready", "-q", "-h", root_, "-U", "teal"};
    const bool answers =
        becomes_true([&] { return !server_->running() || run(ready).exit_code == 0; }, kPatience);
    if (!answers || !server_->running()) {
        throw std::runtime_error("PostgreSQL does not start: " + log());
    }
}

PostgresServer::~PostgresServer() {
    server_->signal(SIGINT);
    server_->wait(kPatience);
}

std::string PostgresServer::connection() const {
    return "host=" + root_.string() + " user=teal dbname=postgres";
}

std::string PostgresServer::log() const {
    return server_ ? server_->err() + server_->out() : "";
}

}  // namespace teal::harness
