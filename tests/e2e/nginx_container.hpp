// docker/compose.yaml's nginx, as a user starts it, under names and on a port of a test's own; and
// services on its network.
#pragma once

#include "tests/harness/process.hpp"
#include "tests/harness/workspace.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace teal::e2e {

// The image of docker/Dockerfile with the programs of this build, or compiled in docker where this
// machine is of another release than the image. Made once; the tag is this process's.
const std::string& nginx_image();

class NginxContainer {
public:
    // `docker compose up nginx`.
    NginxContainer();
    ~NginxContainer();
    NginxContainer(const NginxContainer&) = delete;
    NginxContainer& operator=(const NginxContainer&) = delete;

    const std::string& name() const { return name_; }  // of the container: "…_nginx"
    std::uint16_t port() const { return port_; }
    const std::string& table() const { return table_; }

    // The host's program on the shared table.
    harness::RunResult teal(std::vector<std::string> words) const;
    // `docker exec`, as `user` when it is given.
    harness::RunResult inside(std::vector<std::string> words, const std::string& user = "") const;
    std::string health() const;  // docker's word
    // User and command of each process in the container, a line each, as docker top has them.
    std::string processes() const;
    // A container on nginx's network that answers every request with its name, on port 3000.
    // Returns its address.
    std::string start_service(const std::string& name);

private:
    harness::RunResult compose(const std::vector<std::string>& words) const;

    harness::Workspace workspace_{"container"};
    std::string project_;
    std::string name_;
    std::uint16_t port_;
    std::string table_;
    std::vector<std::string> services_{};
};

}  // namespace teal::e2e
