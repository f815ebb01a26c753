// Instructions per request of an nginx under callgrind: one process, one client connection, one
// request after the other. Each site runs twice and the difference is divided, so that start-up,
// configuration and exit drop out.
#pragma once

#include "tests/harness/clocks.hpp"
#include "tests/harness/http_client.hpp"
#include "tests/harness/nginx_options.hpp"
#include "tests/harness/process.hpp"
#include "tests/harness/wait.hpp"
#include "tests/harness/workspace.hpp"

#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>

namespace teal::bench {

inline constexpr unsigned kFewer = 500;
inline constexpr unsigned kMore = 4500;
inline constexpr double kRequests = kMore - kFewer;

using Profile = std::map<std::string, double>;  // instructions by "function [object]"

struct Counted {
    double instructions = 0;
    Profile profile{};
    double seconds = 0;  // of sending the requests; of one of them, in a difference
};

// The header fields of the request with this number.
using Sender = std::function<harness::Fields(unsigned)>;

inline std::string conf_text(const std::string& http, const std::filesystem::path& root,
                             bool module) {
    return (module ? "load_module " + harness::module_path().string() + ";\n" : std::string()) +
           "daemon off; master_process off;\npid " + (root / "nginx.pid").string() +
           ";\nerror_log " + (root / "error.log").string() +
           " warn;\nevents { worker_connections 256; }\nhttp { access_log off;\n" +
           "client_body_temp_path " + (root / "body").string() + ";\nproxy_temp_path " +
           (root / "proxy").string() + ";\nfastcgi_temp_path " + (root / "fastcgi").string() +
           ";\nuwsgi_temp_path " + (root / "uwsgi").string() + ";\nscgi_temp_path " +
           (root / "scgi").string() + ";\n" + http + "}\n";
}

// Seconds it took.
inline double send_requests(std::uint16_t port, const Sender& fields_of, unsigned count) {
    // Connecting is tried until nginx listens; from then on its backlog holds us.
    harness::wait_until(
        [&] {
            return static_cast<bool>(
                harness::Endpoint::loopback(port).connect(std::chrono::milliseconds(100)));
        },
        std::chrono::seconds(120), "nginx listens under valgrind");
    harness::HttpConnection connection(harness::Endpoint::loopback(port),
                                       std::chrono::seconds(120));
    const std::uint64_t begun_ns = harness::monotonic_ns();
    for (unsigned i = 0; i < count; ++i) {
        const auto answer = connection.get("/", fields_of(i));
        if (answer.status != 200) {
            throw std::runtime_error("request " + std::to_string(i) + " got status " +
                                     std::to_string(answer.status));
        }
    }
    if (connection.times_connected() != 1) {
        throw std::runtime_error("the client's connection was not kept");
    }
    return static_cast<double>(harness::monotonic_ns() - begun_ns) / 1e9;
}

inline double total_of(const std::filesystem::path& file) {
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
        if (line.rfind("totals:", 0) == 0 || line.rfind("summary:", 0) == 0) {
            return std::stod(line.substr(line.find(':') + 1));
        }
    }
    throw std::runtime_error("callgrind left no totals in " + file.string());
}

// Lines such as "1,234 (5.6%)  file:function [object]".
inline Profile profile_of(const std::filesystem::path& file) {
    const auto annotated = harness::run(
        {"callgrind_annotate", "--auto=no", "--threshold=100", "--show-percs=no", file.string()},
        std::chrono::seconds(120));
    Profile profile;
    std::istringstream lines(annotated.out);
    for (std::string line; std::getline(lines, line);) {
        const auto name_at = line.find_first_not_of(" 0123456789,");
        const auto colon = line.find(':');
        if (name_at == std::string::npos || name_at == 0 || colon == std::string::npos) {
            continue;
        }
        std::string digits = line.substr(0, name_at);
        std::erase_if(digits, [](char c) { return c < '0' || c > '9'; });
        if (!digits.empty()) {
            profile[line.substr(colon + 1)] += std::stod(digits);
        }
    }
    return profile;
}

inline Counted count(harness::Workspace& workspace, const std::string& name,
                     const std::string& http, bool module, std::uint16_t port,
                     const Sender& fields_of, unsigned requests) {
    const auto root =
        workspace.make_directory(std::to_string(port) + "-" + std::to_string(requests));
    const auto conf =
        workspace.write(root.filename().string() + "/nginx.conf", conf_text(http, root, module));
    const auto out = root / "callgrind.out";
    harness::Process nginx(
        {.argv = {"valgrind", "--tool=callgrind", "--callgrind-out-file=" + out.string(),
                  harness::nginx_binary().string(), "-e", (root / "error.log").string(), "-p",
                  root.string(), "-c", conf.string()}});
    double seconds = 0;
    try {
        seconds = send_requests(port, fields_of, requests);
    } catch (const std::exception& error) {
        throw std::runtime_error(name + ": " + error.what() + "\n" + nginx.err() +
                                 harness::read_file(root / "error.log"));
    }
    // A signal that comes just before nginx waits for events is only seen after the next one.
    bool ended = false;
    for (int tries = 0; tries < 60 && !ended; ++tries) {
        nginx.signal(SIGTERM);
        ended = nginx.wait(std::chrono::seconds(1));
    }
    if (!ended) {
        throw std::runtime_error(name + ": nginx did not stop under valgrind");
    }
    return {total_of(out), profile_of(out), seconds};
}

// The difference of the two runs, by function and in total, for each request.
inline Counted per_request(harness::Workspace& workspace, const std::string& name,
                           const std::string& http, bool module, std::uint16_t port,
                           const Sender& fields_of) {
    const Counted fewer = count(workspace, name, http, module, port, fields_of, kFewer);
    Counted more = count(workspace, name, http, module, port, fields_of, kMore);
    more.instructions = (more.instructions - fewer.instructions) / kRequests;
    more.seconds = (more.seconds - fewer.seconds) / kRequests;
    for (auto& [function, instructions] : more.profile) {
        const auto before = fewer.profile.find(function);
        instructions =
            (instructions - (before != fewer.profile.end() ? before->second : 0)) / kRequests;
    }
    std::printf("%-44s %9.0f instructions per request\n", name.c_str(), more.instructions);
    std::fflush(stdout);
    return more;
}

}  // namespace teal::bench
