#include "tests/harness/nginx_options.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>

namespace teal::harness {

namespace {

std::string environment_or(const char* name, const char* otherwise) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0' ? value : otherwise;
}

// What a worker wants, or what this machine lets it have.
rlim_t descriptors(rlim_t wanted) {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_max >= wanted) {
        return wanted;
    }
    // Root may raise it, but not in every container.
    const rlimit raised{limit.rlim_cur, wanted};
    return ::setrlimit(RLIMIT_NOFILE, &raised) == 0 ? wanted : limit.rlim_max;
}

std::string load_module_line() {
    const auto module = module_path();
    if (module.empty() || !std::filesystem::exists(module)) {
        throw std::runtime_error(
            "no module to load at \"" + module.string() +
            "\": set TEAL_MODULE_PATH, or load_module = false for plain nginx");
    }
    return "load_module " + std::filesystem::absolute(module).string() + ";\n";
}

}  // namespace

std::filesystem::path nginx_binary() {
    return environment_or("TEAL_NGINX", "/usr/sbin/nginx");
}

std::filesystem::path module_path() {
#ifdef TEAL_MODULE_PATH
    return environment_or("TEAL_MODULE_PATH", TEAL_MODULE_PATH);
#else
    return environment_or("TEAL_MODULE_PATH", "");
#endif
}

std::string nginx_config_text(const NginxOptions& options, const std::filesystem::path& root) {
    const std::string at = root.string() + "/";
    std::string text = options.load_module ? load_module_line() : "";
    if (!environment_or("TEAL_LD_PRELOAD", "").empty()) {
        // nginx clears its environment, and the new binary of an upgrade needs the sanitizers too.
        text += "env LD_PRELOAD;\nenv ASAN_OPTIONS;\nenv UBSAN_OPTIONS;\n";
    }
    if (!options.user.empty()) {
        text += "user " + options.user + ";\n";
    } else if (::geteuid() == 0) {
        text += "user www-data;\n";
    }
    text +=
        "daemon on;\n"
        "worker_processes " +
        std::to_string(options.worker_processes) +
        ";\n"
        "worker_rlimit_nofile " +
        std::to_string(descriptors(2ul * static_cast<unsigned>(options.worker_connections) + 64)) +
        ";\n"
        "pid " +
        at +
        "nginx.pid;\n"
        "error_log " +
        at + "error.log " + options.log_level + ";\n" + options.main +
        "\n"
        "events { worker_connections " +
        std::to_string(options.worker_connections) + "; }\n";
    if (!options.http_block) {
        return text;
    }
    return text +
           "http {\n"
           "access_log " +
           (options.access_log ? at + "access.log" : std::string("off")) +
           ";\n"
           "client_body_temp_path " +
           at +
           "client_body;\n"
           "proxy_temp_path " +
           at +
           "proxy;\n"
           "fastcgi_temp_path " +
           at +
           "fastcgi;\n"
           "uwsgi_temp_path " +
           at +
           "uwsgi;\n"
           "scgi_temp_path " +
           at + "scgi;\n" + options.http + "\n}\n";
}

std::map<std::string, std::string> nginx_environment(const NginxOptions& options,
                                                     const std::filesystem::path& root) {
    auto env = options.env;
    const std::string preload = environment_or("TEAL_LD_PRELOAD", "");
    if (!preload.empty()) {
        const std::string log = "log_path=" + (root / "asan").string();
        env.try_emplace("LD_PRELOAD", preload);
        // nginx keeps its configuration until it exits: leak detection would only report nginx
        // itself.
        env.try_emplace("ASAN_OPTIONS", "detect_leaks=0:abort_on_error=1:" + log);
        env.try_emplace("UBSAN_OPTIONS", "halt_on_error=1:print_stacktrace=1:" + log);
    }
    return env;
}

}  // namespace teal::harness
