// What a test says about the nginx it wants, and the files and environment that follow from it.
#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace teal::harness {

struct NginxOptions {
    std::string http{};      // text inside http{}; listen on 127.0.0.1 and Workspace::free_port()
    std::string main{};      // text at the top level, before events{}
    bool http_block = true;  // false: no http{} at all
    int worker_processes = 1;
    int worker_connections = 8192;
    std::string user{};               // empty: www-data when root, else whoever runs the test
    bool load_module = true;          // false: plain nginx
    std::string log_level = "info";   // "debug" needs a binary built --with-debug
    bool access_log = true;           // off for benchmarks
    std::string directory = "nginx";  // inside the workspace; two servers in one need two names
    std::map<std::string, std::string> env{};
};

// nginx's binary: environment TEAL_NGINX, else /usr/sbin/nginx.
std::filesystem::path nginx_binary();

// The module under test: environment TEAL_MODULE_PATH, else the path the build was told; may be
// empty.
std::filesystem::path module_path();

// The whole nginx.conf; every path nginx writes to lies in `root`.
// Throws std::runtime_error when a module is wanted and there is none.
std::string nginx_config_text(const NginxOptions& options, const std::filesystem::path& root);

// What to add to nginx's environment: options.env, and with TEAL_LD_PRELOAD the sanitizers'
// settings.
std::map<std::string, std::string> nginx_environment(const NginxOptions& options,
                                                     const std::filesystem::path& root);

}  // namespace teal::harness
