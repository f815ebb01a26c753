#include "cli/diagnosis/examination.hpp"

#include "cli/diagnosis/checks.hpp"
#include "cli/diagnosis/host_checks.hpp"
#include "cli/diagnosis/nginx_program.hpp"
#include "cli/diagnosis/preflight.hpp"
#include "cli/diagnosis/project_checks.hpp"
#include "cli/error.hpp"
#include "cli/history/history.hpp"
#include "cli/project/project_directory.hpp"
#include "cli/stack/open_stack.hpp"
#include "shared/table/paths.hpp"

#include <sys/utsname.h>

namespace teal::cli {
namespace {

namespace fs = std::filesystem;

class Examination {
public:
    explicit Examination(const DoctorRequest& request) : request_(request) {}

    Diagnosis run() {
        const fs::path start = request_.project.directory.empty()
                                   ? fs::current_path()
                                   : fs::absolute(request_.project.directory);
        settings_.directory = project_directory(start);
        look_at_settings();
        look_at_machine();
        look_at_project();
        look_at_traffic();
        return std::move(diagnosis_);
    }

private:
    // A broken teal.toml or variable must not keep the rest from being looked at.
    void look_at_settings() {
        try {
            settings_ = load_settings(request_.project);
        } catch (const Error& error) {
            findings_.problem("settings", error.what(), error.next_step());
            settings_.deployment_directory = settings_.directory / ".teal" / "deployments";
            settings_.table =
                request_.project.table.empty() ? table::kDefaultTablePath : request_.project.table;
            settings_.counters = request_.project.counters;
            broken_settings_ = true;
        }
    }

    void look_at_machine() {
        utsname system{};
        uname(&system);
        check_kernel(system.release, findings_);
        check_probe_program(findings_);
    }

    void look_at_project() {
        if (!is_project(settings_)) {
            findings_.ok("project", "none here: no compose file and no Procfile in " +
                                        settings_.directory.string() +
                                        " or above it; teal init begins one");
            look_at_docker(false);
            return;
        }
        diagnosis_.project_directory = settings_.directory.string();
        check_git(settings_, findings_);
        check_project_files(settings_, findings_);
        if (broken_settings_) {
            return;
        }
        try {
            stack_ = open_stack(settings_);
            definition_ = &stack_->definition();
        } catch (const Error& error) {
            findings_.problem("project", error.what(), error.next_step());
            look_at_docker(stack_ != nullptr && stack_kind(settings_) == StackKind::compose);
            return;
        }
        check_project(settings_, *definition_, findings_);
        if (definition_->kind == StackKind::procfile) {
            look_at_docker(false);
        }
        check_project_ports(settings_, *definition_, findings_);
    }

    void look_at_docker(bool needed) {
        const DockerFacts docker = ask_docker();
        check_docker(docker, needed, findings_);
        check_compose(docker, needed, findings_);
        check_docker_disk(docker, findings_);
    }

    void look_at_traffic() {
        const TablePaths paths = table_paths(settings_.table, settings_.counters);
        const NginxView nginx(paths.counters);
        check_table_memory(paths.table, findings_);
        const std::optional<table::TableImage> image = check_table(paths, findings_);
        check_saved_copy(paths, image, findings_);
        check_lock(paths, findings_);
        check_secret(paths, needs_secret(nginx), findings_);
        check_nginx_program(find_nginx_program(), request_.nginx_module, nginx, findings_);
        if (definition_ != nullptr) {
            check_traffic_of(*definition_, paths, image, nginx, findings_);
        } else {
            check_space(paths, findings_);
            check_counters(nginx, findings_);
            if (nginx.is_open()) {
                check_workers(nginx, image ? image->generation : 0, findings_);
            }
        }
        check_masters(running_masters(), nginx, paths.table, findings_);
        if (image) {
            check_splits(*image, nginx, findings_);
        }
        if (definition_ != nullptr) {
            check_deployment_state(settings_, image, *stack_, findings_);
        }
        look_at_clock(image);
    }

    void look_at_clock(const std::optional<table::TableImage>& image) {
        ClockFacts clock = ask_clock();
        if (image) {
            clock.recorded_unix_ns = image->published_unix_ns;
            clock.recorded = "the table's last publication";
        }
        try {
            for (const HistoryEntry& entry : History(settings_.deployment_directory).read()) {
                if (entry.time_unix_ns > clock.recorded_unix_ns) {
                    clock.recorded_unix_ns = entry.time_unix_ns;
                    clock.recorded = "the last entry of the history";
                }
            }
        } catch (const Error&) {
            // check_deployment_state() says that it is damaged.
        }
        check_clock(clock, findings_);
    }

    const DoctorRequest& request_;
    Diagnosis diagnosis_{};
    Findings& findings_ = diagnosis_.findings;
    Settings settings_{};
    bool broken_settings_ = false;
    std::unique_ptr<Stack> stack_{};
    const StackDefinition* definition_ = nullptr;
};

}  // namespace

Diagnosis diagnose(const DoctorRequest& request) {
    return Examination(request).run();
}

}  // namespace teal::cli
