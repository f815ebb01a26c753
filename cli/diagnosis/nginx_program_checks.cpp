#include "cli/diagnosis/checks.hpp"
#include "cli/diagnosis/nginx_program.hpp"
#include "cli/suggestion.hpp"

#include <fmt/format.h>
#include <unistd.h>
#include <cstring>

namespace teal::cli {
namespace {

constexpr char kModuleFile[] = "ngx_http_teal_module.so";

void check_replaced(const NginxView& nginx, Findings& findings) {
    for (const Worker& worker : nginx.live_workers()) {
        const std::optional<MappedModule> module = module_of_worker(worker.pid);
        if (module && module->replaced) {
            findings.warning("module", "nginx runs the module of before its file was replaced",
                             "restart nginx, or upgrade its binary (kill -USR2): a reload keeps "
                             "the old one");
            return;
        }
    }
}

}  // namespace

void check_nginx_program(const NginxProgram& program, const std::string& module,
                         const NginxView& nginx, Findings& findings) {
    const bool serves = nginx.has_live_worker();
    if (program.path.empty()) {
        if (serves) {
            findings.ok("nginx", "no nginx command here; one runs elsewhere, in a container maybe");
        } else {
            findings.problem("nginx", "there is no nginx command, and none serves by this table",
                             "install nginx (Debian: nginx), or run the image of docker/");
        }
        if (!module.empty()) {
            check_module_file(module, findings);
        }
        return;
    }
    findings.ok("nginx", fmt::format("{}, version {}", program.path,
                                     program.version.empty() ? "?" : program.version));
    const std::string file = module.empty() ? program.modules_path + "/" + kModuleFile : module;
    if (access(file.c_str(), F_OK) != 0 && module.empty()) {
        if (!serves) {
            findings.problem("module",
                             "nginx without the module: " + file + ": " + std::strerror(errno),
                             "install it there (make install), or name it: --nginx-module PATH");
        }
    } else {
        const std::size_t problems = findings.count(Severity::problem);
        check_module_file(file, findings);
        const std::string why = findings.count(Severity::problem) == problems
                                    ? loading_problem(program, file)
                                    : std::string();
        if (!why.empty()) {
            findings.problem("module", "nginx " + program.version + " refuses it: " + why,
                             "build the module for this very nginx: make build && make install");
        }
    }
    check_replaced(nginx, findings);
}

void check_masters(const std::vector<NginxMaster>& masters, const NginxView& nginx,
                   const std::string& table, Findings& findings) {
    if (nginx.has_live_worker()) {
        return;
    }
    std::vector<std::string> with;
    std::vector<std::string> without;
    for (const NginxMaster& master : masters) {
        if (master.has_module) {
            (*master.has_module ? with : without).push_back(std::to_string(master.pid));
        }
    }
    if (!with.empty()) {
        findings.problem("nginx",
                         "runs with the module, but not on " + table + ": pid " + listed(with),
                         "compare teal_table in its nginx.conf with --table");
    }
    if (!without.empty()) {
        findings.problem("nginx", "nginx without the module is running: pid " + listed(without),
                         "put \"load_module modules/ngx_http_teal_module.so;\" at the top of "
                         "nginx.conf, with the lines that teal init shows; then nginx -s reload");
    }
}

}  // namespace teal::cli
