// A real PostgreSQL with a cluster of its own: in a workspace, on a unix socket, without TCP, as an
// unprivileged user (it refuses to run as root). Nothing of it is left when the test ends, however
// it ends: setpriv has the kernel stop it with this process.
// Not thread-safe.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "tests/harness/process.hpp"
#include "tests/harness/workspace.hpp"

namespace teal::harness {

class PostgresServer {
public:
    // Makes the cluster, starts it and waits until it answers. Throws std::runtime_error with the
    // server's own words. `workspace` must outlive the server.
    explicit PostgresServer(Workspace& workspace);
    ~PostgresServer();
    PostgresServer(const PostgresServer&) = delete;
    PostgresServer& operator=(const PostgresServer&) = delete;

    // For libpq: the socket's directory, the superuser, a database.
    std::string connection() const;
    std::string log() const;

    // The newest of the distribution's server directories, or TEAL_POSTGRES_BIN. Throws.
    static std::filesystem::path binaries();

private:
    std::filesystem::path root_;
    std::unique_ptr<Process> server_;
};

}  // namespace teal::harness
