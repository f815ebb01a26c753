// The nginx of this machine: the program, the module's file that it would load, and the masters
// that run, with the module or without. The counters tell only of an nginx that has the module.
#pragma once

#include "cli/diagnosis/finding.hpp"
#include "cli/traffic/nginx_view.hpp"

#include <sys/types.h>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace teal::cli {

struct NginxProgram {
    std::string path{};          // empty: there is none
    std::string version{};       // "1.22.1"; empty: it does not say
    std::string modules_path{};  // where it looks for modules
};
// In PATH and where distributions have it. `nginx -V` is asked, nothing else.
NginxProgram find_nginx_program();
// What `nginx -V` says.
NginxProgram parse_nginx_build(const std::string& path, const std::string& said);

// Why nginx cannot load the module's file, in its own words; empty when it can.
std::string loading_problem(const NginxProgram& program, const std::string& module);

struct NginxMaster {
    pid_t pid = 0;
    std::optional<bool> has_module{};  // nothing: another user's, we may not look
};
std::vector<NginxMaster> running_masters();
// What /proc/PID/maps says: whether the module is mapped, and whether its file was replaced since.
struct MappedModule {
    bool mapped = false;
    bool replaced = false;
};
MappedModule mapped_module(std::string_view maps);
// Of a worker; nothing where that cannot be seen (nginx in a container, another user's).
std::optional<MappedModule> module_of_worker(std::uint32_t pid);

// `module`: the module's file; empty: where the program looks for it.
void check_nginx_program(const NginxProgram& program, const std::string& module,
                         const NginxView& nginx, Findings& findings);
// Says something only when no worker serves by this table.
void check_masters(const std::vector<NginxMaster>& masters, const NginxView& nginx,
                   const std::string& table, Findings& findings);

}  // namespace teal::cli
