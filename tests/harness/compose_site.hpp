// A compose project behind a real nginx, and commands of `teal` run in the project's directory as a
// user would: for the end-to-end tests and for `make demo-docker`.
//
// nginx runs on the host with the configuration of conf/examples/compose-shop: split `web` at /,
// split `api` at /api/. Names in docker are unique; all that was made there goes with the site.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/harness/load.hpp"
#include "tests/harness/nginx_server.hpp"
#include "tests/harness/process.hpp"
#include "tests/harness/workspace.hpp"

namespace teal::harness {

struct ComposeSiteOptions {
    std::string directory = "shop";               // of the project, inside the workspace
    std::string project = {};                     // its name; empty: one of its own
    std::string locations = {};                   // more of nginx's server{}
    std::string docker_host = {};                 // the engine's address; empty: the usual one
    std::map<std::string, std::string> env = {};  // of every command of teal
};

class ComposeSite {
public:
    // nginx runs, with an empty table; the project's directory is empty. Throws what went wrong.
    // REQUIRES: called from the main thread (see need_docker_engine()).
    explicit ComposeSite(ComposeSiteOptions options = {});
    ~ComposeSite();
    ComposeSite(const ComposeSite&) = delete;
    ComposeSite& operator=(const ComposeSite&) = delete;

    // Copies the shop of conf/examples there, as it is but for the project's name; what was changed
    // in it is as before.
    void put_shop(const std::string& version);
    // Files of the project; {project} in a text stands for the project's name.
    void write(const std::string& file, std::string text);
    // Throws std::runtime_error when `from` is not in the file.
    void replace(const std::string& file, const std::string& from, const std::string& to);
    std::string read(const std::string& file) const;

    // Deployments wait and watch little, as most tests want it; flags go over that.
    ProcessOptions process(std::vector<std::string> words) const;
    RunResult teal(std::vector<std::string> words,
                   std::chrono::milliseconds timeout = std::chrono::seconds(120)) const;
    // The same, and throws std::runtime_error unless it ends with 0. Its output.
    std::string must(const std::vector<std::string>& words) const;
    // `teal upgrade perform --auto-switch`.
    RunResult perform(const std::vector<std::string>& more = {}) const;

    // What answers there now: the field X-Served-By, "web-1".
    std::string served(const std::string& path = "/") const;
    // Answers are counted by the value of `field`.
    std::unique_ptr<Load> start_load(const std::string& path, double rate, unsigned connections,
                                     const std::string& field = "X-Served-By") const;
    std::string active() const;  // `teal upgrade status --json`'s
    // The table's endpoints of a color.
    std::vector<std::string> endpoints(const std::string& split, const std::string& color) const;
    Endpoint front() const { return Endpoint::loopback(port); }

    Workspace workspace{"compose"};
    const ComposeSiteOptions options;
    const std::string name;               // of the project
    const std::filesystem::path project;  // its directory
    const std::filesystem::path deployments;
    const std::string table;
    const std::uint16_t port;
    std::unique_ptr<NginxServer> nginx;
};

}  // namespace teal::harness
