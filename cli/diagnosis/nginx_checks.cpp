#include "cli/diagnosis/checks.hpp"
#include "cli/traffic/applied.hpp"
#include "cli/traffic/nginx_rules.hpp"
#include "shared/table/reader.hpp"
#include "teal_version.hpp"

#include <elf.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string_view>

namespace teal::cli {
namespace {

std::string_view terminated(const char* text, std::size_t room) {
    return {text, strnlen(text, room)};
}

// "1.4" of "1.4.2": versions with the same one understand each other's files.
std::string_view series(std::string_view version) {
    const std::size_t first = version.find('.');
    return first == std::string_view::npos ? version
                                           : version.substr(0, version.find('.', first + 1));
}

void check_versions(const NginxView& nginx, Findings& findings) {
    const counters::Header& header = nginx.file().header();
    const std::string module(terminated(header.module_version, sizeof(header.module_version)));
    const std::string server(terminated(header.server_version, sizeof(header.server_version)));
    const std::string text =
        fmt::format("module {} in nginx {}, teal {}", module, server, kVersion);
    if (series(module) != series(kVersion)) {
        findings.problem(
            "versions", text,
            "install module and teal of one version, then restart nginx (a reload keeps "
            "the old module)");
    } else if (module != kVersion) {
        findings.warning("versions", text, "restart nginx when it suits you");
    } else {
        findings.ok("versions", text);
    }
}

}  // namespace

void check_counters(const NginxView& nginx, Findings& findings) {
    if (!nginx.is_open()) {
        if (nginx.problem().empty()) {
            findings.problem(
                "counters", nginx.path() + " does not exist: nginx never ran with the module",
                "load the module in nginx.conf and start nginx: teal init shows the lines");
        } else {
            findings.problem("counters", nginx.problem(),
                             nginx.open_error() == EACCES
                                 ? "run as root or as nginx's worker user"
                                 : "restart nginx, it makes the file anew");
        }
        return;
    }
    const FileMapping& mapping = nginx.file().mapping();
    const std::string text = fmt::format("{}, {} splits, {} slots used, owner uid {}, mode {:04o}",
                                         nginx.path(), nginx.file().split_count(),
                                         nginx.file().slot_high(), mapping.owner(), mapping.mode());
    if (mapping.mode() != 0640) {
        findings.warning("counters", text, "chmod 640 " + nginx.path());
    } else {
        findings.ok("counters", text);
    }
    check_versions(nginx, findings);
}

void check_workers(const NginxView& nginx, std::uint64_t generation, Findings& findings) {
    const std::vector<Worker> workers = nginx.live_workers();
    if (workers.empty()) {
        findings.problem("workers", "no live nginx worker", "start nginx");
        return;
    }
    std::string pids;
    std::size_t leaving = 0;
    for (const Worker& worker : workers) {
        pids += (pids.empty() ? "" : ", ") + std::to_string(worker.pid);
        leaving += worker.role == counters::Role::leaving ? 1u : 0u;
        const auto health = static_cast<table::Health>(worker.table_health);
        if (health != table::Health::ok) {
            findings.problem(
                "workers",
                fmt::format("worker {} finds the table {}", worker.pid, table::health_text(health)),
                "compare teal_table in nginx.conf with --table, and the file's mode");
        }
    }
    findings.ok("workers",
                fmt::format("{} live ({} leaving): pid {}", workers.size(), leaving, pids));
    const Applied applied = look_whether_applied(nginx, generation);
    if (applied.behind.empty()) {
        findings.ok("generation", fmt::format("all workers decide by {}", generation));
    }
    for (const Worker& worker : applied.behind) {
        findings.problem("generation",
                         fmt::format("worker {} decides by {} instead of {}", worker.pid,
                                     worker.generation, generation),
                         "a stopped or hanging process catches up when it runs again; otherwise "
                         "reload nginx");
    }
}

void check_module_file(const std::string& path, Findings& findings) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        findings.problem("module", path + ": " + std::strerror(errno),
                         "name the .so that nginx loads");
        return;
    }
    const std::string bytes((std::istreambuf_iterator<char>(file)), {});
    if (!bytes.starts_with(ELFMAG) || bytes.find("ngx_http_teal_module") == std::string::npos) {
        findings.problem("module", path + " is not Teal's nginx module",
                         "it is named ngx_http_teal_module.so");
        return;
    }
    // nginx compares this text with its own before it loads a module.
    const std::size_t signature = bytes.find("8,4,8,");
    findings.ok("module", path + (signature == std::string::npos
                                      ? ""
                                      : ", built for " + std::string(bytes.c_str() + signature)));
}

bool needs_secret(const NginxView& nginx) {
    const std::uint32_t splits = nginx.is_open() ? nginx.file().split_count() : 0;
    for (std::uint32_t i = 0; i < splits; ++i) {
        const counters::SplitEntry& entry = nginx.file().split(i);
        if (nginx.is_configured(entry) &&
            parse_rules(terminated(entry.rules, sizeof(entry.rules))).sticky) {
            return true;
        }
    }
    return false;
}

}  // namespace teal::cli
