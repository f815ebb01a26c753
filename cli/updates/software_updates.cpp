#include "cli/diagnosis/nginx_program.hpp"
#include "cli/updates/updates.hpp"
#include "teal_version.hpp"

#include <algorithm>
#include <cstring>

namespace teal::cli {
namespace {

constexpr char kRestart[] = "restart nginx, or upgrade its binary (kill -USR2)";

std::string version_text(const char* text, std::size_t room) {
    return {text, strnlen(text, room)};
}

SoftwareUpdate compared(const std::string& name, const std::string& running,
                        const std::string& installed) {
    SoftwareUpdate update;
    update.name = name;
    update.running = running;
    update.installed = installed;
    if (running.empty()) {
        update.reason = "no nginx serves by this table";
    } else if (installed.empty()) {
        update.reason = "no nginx command here";
    } else if (running == installed) {
        update.state = UpdateState::current;
    } else {
        update.state = UpdateState::newer;
        update.next_step = kRestart;
    }
    return update;
}

bool has_replaced_module(const NginxView& nginx) {
    const std::vector<Worker> workers = nginx.live_workers();
    return std::any_of(workers.begin(), workers.end(), [](const Worker& worker) {
        const std::optional<MappedModule> module = module_of_worker(worker.pid);
        return module && module->replaced;
    });
}

}  // namespace

std::vector<SoftwareUpdate> software_updates(const NginxView& nginx) {
    std::string module;
    std::string server;
    if (nginx.has_live_worker()) {
        const counters::Header& header = nginx.file().header();
        module = version_text(header.module_version, sizeof(header.module_version));
        server = version_text(header.server_version, sizeof(header.server_version));
    }
    std::vector<SoftwareUpdate> updates = {compared("nginx module", module, kVersion),
                                           compared("nginx", server, find_nginx_program().version)};
    if (updates[0].state == UpdateState::current && has_replaced_module(nginx)) {
        updates[0].state = UpdateState::newer;
        updates[0].reason = "its file was replaced since nginx loaded it";
        updates[0].next_step = kRestart;
    }
    if (updates[1].state == UpdateState::newer) {
        updates[1].next_step =
            "build the module for that nginx (make build && make install), then " +
            std::string(kRestart);
    }
    return updates;
}

}  // namespace teal::cli
