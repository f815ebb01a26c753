#include "cli/stack/procfile/procfile_stack.hpp"

#include "cli/error.hpp"
#include "cli/files/durable_file.hpp"
#include "cli/process/command.hpp"
#include "cli/project/project_directory.hpp"
#include "cli/stack/procfile/code_state.hpp"
#include "cli/stack/procfile/instance_view.hpp"
#include "cli/stack/procfile/log_view.hpp"
#include "cli/stack/procfile/process_crew.hpp"
#include "cli/stack/procfile/process_log.hpp"
#include "cli/stack/procfile/procfile_definition.hpp"
#include "cli/stack/procfile/procfile_replacing.hpp"
#include "cli/stack/procfile/shared_readiness.hpp"
#include "cli/suggestion.hpp"

#include <algorithm>

namespace teal::cli {
namespace {

namespace fs = std::filesystem;

constexpr char kEnvironmentName[] = ".env";

class ProcfileStack : public Stack {
public:
    ProcfileStack(const Settings& settings, fs::path program)
        : settings_(settings),
          paths_{settings.deployment_directory},
          program_(std::move(program)) {}

    const StackDefinition& definition() override {
        if (!definition_) {
            procfile_text_ = read_whole(settings_.directory / kProcfileName);
            environment_text_ = read_if_exists(settings_.directory / kEnvironmentName);
            definition_ =
                procfile_definition(settings_, procfile_text_, environment_text_.value_or(""));
        }
        return *definition_;
    }

    std::string project() override {
        return settings_.project_name.empty() ? project_name_for(settings_.directory)
                                              : settings_.project_name;
    }

    std::vector<SnapshotFile> snapshot_files(Color, const std::string& id) override {
        StackPlan plan = plan_of(definition(), id);
        plan.has_environment = environment_text_.has_value();
        plan.code = code_state_of(settings_.directory);
        std::vector<SnapshotFile> files{{kProcfileName, procfile_text_, 0600},
                                        {kStackPlanName, to_text(plan), 0600}};
        if (environment_text_) {
            files.push_back({kEnvironmentName, *environment_text_, 0600});
        }
        return files;
    }

    // A Procfile says nothing of colors.
    std::vector<SnapshotFile> recolored_files(const SnapshotRef& from, Color,
                                              const std::string& id) override {
        StackPlan plan = plan_in(from);
        plan.snapshot = id;
        std::vector<SnapshotFile> files{
            {kProcfileName, read_whole(from.directory / kProcfileName), 0600},
            {kStackPlanName, to_text(plan), 0600}};
        if (plan.has_environment) {
            files.push_back(
                {kEnvironmentName, read_whole(from.directory / kEnvironmentName), 0600});
        }
        return files;
    }

    // No images; the programs are built where they are. Also for Fetch::pull: there is nothing to
    // pull, and old programs must not be deployed for that.
    std::vector<ImageRecord> fetch_images(Color, const SnapshotRef&, Fetch,
                                          Progress& progress) override {
        if (settings_.build.empty()) {
            return {};
        }
        progress.note("building: " + shown(settings_.build));
        const CommandResult result = run_command(
            {.argv = settings_.build, .directory = settings_.directory, .on_line = [&](auto line) {
                 progress.detail(std::string(line));
             }});
        if (!result.ok()) {
            throw failure(shown(settings_.build) +
                              (result.timed_out
                                   ? " took too long"
                                   : " failed with exit code " + std::to_string(result.exit_code)) +
                              (result.said().empty() ? "" : ":\n" + result.said()),
                          "correct it; [project] build in teal.toml is what was run, in " +
                              settings_.directory.string());
        }
        return {};
    }

    void verify_images(const std::vector<ImageRecord>&, Progress&) override {}
    void unpin_images(const std::string&, const std::set<std::string>&) override {}

    void start_shared(const SnapshotRef& snapshot, std::chrono::seconds patience,
                      Progress& progress) override {
        ProcessCrew::Wanted wanted = wanted_in(snapshot);
        const auto is_shared = [](const PlannedProcess& process) { return process.shared; };
        if (std::none_of(wanted.plan.processes.begin(), wanted.plan.processes.end(), is_shared)) {
            return;
        }
        wanted.keep_running = true;
        ProcessCrew processes = crew(kSharedGroup);
        processes.bring_up(wanted, progress);
        await_shared(settings_, processes.found(), patience, progress);
    }

    void bring_up(Color color, const SnapshotRef& snapshot, Progress& progress) override {
        ProcessCrew::Wanted wanted = wanted_in(snapshot);
        wanted.others = crew(kSharedGroup).ports();
        crew(name_of(color)).bring_up(wanted, progress);
    }

    std::unique_ptr<Replacing> replacing(Color color, const SnapshotRef& before,
                                         const SnapshotRef& run,
                                         const std::vector<SnapshotFile>& target) override {
        return std::make_unique<ProcfileReplacing>(
            ProcfileReplacing::Sides{crew(name_of(color)), crew(kSharedGroup)}, paths_,
            wanted_in(before), run, target,
            std::chrono::milliseconds(static_cast<long>(settings_.stop_grace_s * 1000)));
    }

    std::vector<Instance> instances(Color color) override { return instances_of(name_of(color)); }
    std::vector<Instance> shared_instances() override { return instances_of(kSharedGroup); }

    void stop(Color color, std::chrono::seconds grace, Removal removal,
              Progress& progress) override {
        stop_group(name_of(color), grace, removal, progress);
    }

    void stop_shared(std::chrono::seconds grace, Removal removal, Progress& progress) override {
        stop_group(kSharedGroup, grace, removal, progress);
    }

    std::string last_lines(const Instance& instance, unsigned lines) override {
        return instance.log.empty() ? "" : last_lines_of(instance.log, lines);
    }

    int show_logs(Color color, const LogRequest& request) override {
        std::vector<LogSource> sources;
        std::vector<std::string> known;
        add_sources(sources, known, instances(color), request);
        if (request.shared) {
            add_sources(sources, known, shared_instances(), request);
        }
        for (const std::string& name : request.services) {
            if (std::find(known.begin(), known.end(), name) == known.end()) {
                throw wrong_input("\"" + name + "\" is no process" + did_you_mean(name, known),
                                  "use one of: " + listed(known));
            }
        }
        if (request.follow) {
            return follow_logs(sources, request.lines);
        }
        print_last_lines(sources, request.lines);
        return 0;
    }

private:
    ProcessCrew crew(const std::string& group) const {
        return {settings_.directory, paths_, group, program_};
    }

    void stop_group(const std::string& group, std::chrono::seconds grace, Removal removal,
                    Progress& progress) const {
        ProcessCrew processes = crew(group);
        processes.stop(grace, progress);
        if (removal == Removal::remove) {
            processes.remove_traces();
        }
    }

    StackPlan plan_in(const SnapshotRef& snapshot) const {
        const fs::path file = snapshot.directory / kStackPlanName;
        return parse_stack_plan(file, read_whole(file));
    }

    ProcessCrew::Wanted wanted_in(const SnapshotRef& snapshot) const {
        ProcessCrew::Wanted wanted;
        wanted.plan = plan_in(snapshot);
        wanted.plan.snapshot = snapshot.id;
        if (wanted.plan.has_environment) {
            const fs::path file = snapshot.directory / kEnvironmentName;
            wanted.environment = parse_dotenv(file, read_whole(file));
        }
        wanted.grace = std::chrono::milliseconds(static_cast<long>(settings_.stop_grace_s * 1000));
        return wanted;
    }

    std::vector<Instance> instances_of(const std::string& group) {
        const ProcessCrew processes = crew(group);
        std::optional<StackPlan> plan = processes.wanted();
        if (!plan) {
            plan = plan_of(definition(), "");
        }
        return view_of(*plan, processes.found(), paths_, group);
    }

    static void add_sources(std::vector<LogSource>& sources, std::vector<std::string>& known,
                            const std::vector<Instance>& instances, const LogRequest& request) {
        for (const Instance& instance : instances) {
            known.push_back(instance.service);
            const auto& asked = request.services;
            if (asked.empty() ||
                std::find(asked.begin(), asked.end(), instance.service) != asked.end()) {
                sources.push_back({instance.name, instance.log});
            }
        }
        known.erase(std::unique(known.begin(), known.end()), known.end());
    }

    Settings settings_;
    StackPaths paths_;
    fs::path program_;
    std::optional<StackDefinition> definition_;
    std::string procfile_text_;
    std::optional<std::string> environment_text_;
};

}  // namespace

std::unique_ptr<Stack> open_procfile_stack(const Settings& settings, const fs::path& program) {
    return std::make_unique<ProcfileStack>(settings, program);
}

}  // namespace teal::cli
