#include "tests/harness/nginx_server.hpp"

#include <sys/prctl.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <utility>

#include "tests/harness/failure_report.hpp"
#include "tests/harness/process.hpp"
#include "tests/harness/process_table.hpp"
#include "tests/harness/wait.hpp"

namespace teal::harness {

namespace {

constexpr std::chrono::seconds kPatience{20};  // a sanitizer build on a busy machine needs seconds
constexpr std::string_view kWorker = "nginx: worker process";
constexpr std::string_view kLeaving = "nginx: worker process is shutting down";

std::vector<pid_t> titled(pid_t master, std::string_view title, std::string_view but_not = {}) {
    auto pids = master > 0 ? children_of(master) : std::vector<pid_t>{};
    std::erase_if(pids, [&](pid_t pid) {
        const std::string shown = process_title(pid);
        return shown.rfind(title, 0) != 0 || (!but_not.empty() && shown.rfind(but_not, 0) == 0);
    });
    return pids;
}

bool contains(const std::vector<pid_t>& pids, pid_t pid) {
    return std::find(pids.begin(), pids.end(), pid) != pids.end();
}

// nginx before 1.19.5 has no -e; with it, nothing is written to the system's log before the
// configuration is read.
bool knows_error_log_option() {
    static const bool known =
        run({nginx_binary().string(), "-h"}).err.find("-e filename") != std::string::npos;
    return known;
}

}  // namespace

NginxServer::NginxServer(Workspace& workspace, NginxOptions options)
    : workspace_(workspace),
      options_(std::move(options)),
      root_(workspace.make_directory(options_.directory)),
      log_(root_ / "error.log", root_ / "asan") {
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    std::filesystem::create_directories(root_ / "logs");
    // Sanitizers of a worker write here, and workers run as another user.
    std::filesystem::permissions(root_,
                                 std::filesystem::perms::all | std::filesystem::perms::sticky_bit);
    write_config();
}

NginxServer::~NginxServer() {
    try {
        for (const auto& line : finish()) {
            workspace_.keep();
            report_failure("nginx log: " + line);
        }
    } catch (const std::exception& error) {
        workspace_.keep();
        report_failure(std::string("nginx could not be stopped: ") + error.what());
    }
}

void NginxServer::write_config() const {
    workspace_.write(options_.directory + "/nginx.conf", nginx_config_text(options_, root_));
}

std::vector<std::string> NginxServer::command(const std::vector<std::string>& extra) const {
    std::vector<std::string> argv{nginx_binary().string(), "-p", root_.string() + "/", "-c",
                                  config_file().string()};
    if (knows_error_log_option()) {
        argv.insert(argv.end(), {"-e", log_.file().string()});
    }
    argv.insert(argv.end(), extra.begin(), extra.end());
    return argv;
}

NginxServer::TestResult NginxServer::test_config() const {
    const RunResult result =
        run(ProcessOptions{.argv = command({"-t"}), .env = nginx_environment(options_, root_)});
    return {result.exit_code, result.err + result.out};
}

pid_t NginxServer::pid_in_file() const {
    return static_cast<pid_t>(std::atol(read_file(root_ / "nginx.pid").c_str()));
}

bool NginxServer::generation_ready(pid_t master, const std::vector<pid_t>& former) const {
    const auto workers = titled(master, kWorker, kLeaving);
    return workers.size() == static_cast<std::size_t>(options_.worker_processes) &&
           std::none_of(workers.begin(), workers.end(),
                        [&](pid_t pid) { return contains(former, pid); });
}

// Like wait_until, but nginx's own words tell why it took too long.
void NginxServer::await(const std::function<bool()>& condition, const char* what) const {
    if (!becomes_true(condition, kPatience)) {
        throw DeadlineExceeded(std::string("not in time: ") + what + "; error log:\n" +
                               log_.text());
    }
}

void NginxServer::start() {
    if (running()) {
        throw std::logic_error("nginx runs already");
    }
    finished_ = false;
    const RunResult result =
        run(ProcessOptions{.argv = command(), .env = nginx_environment(options_, root_)});
    if (result.exit_code != 0) {
        throw NginxRefused("nginx did not start (exit code " + std::to_string(result.exit_code) +
                           "): " + result.err);
    }
    // Debian's nginx lets the parent write the pid file, before the daemon has left our process
    // group. Signals sent earlier are lost, and killing its group would kill the test.
    pid_t daemon = 0;
    await(
        [&] {
            daemon = pid_in_file();
            return daemon > 0 && ::getpgid(daemon) == daemon;
        },
        "nginx wrote its pid file and became a daemon");
    master_ = daemon;
    group_ = daemon;
    warden_ = std::make_unique<ProcessGroupWarden>(group_);
    await([this] { return generation_ready(master_, {}); }, "nginx's workers are ready");
}

void NginxServer::edit_config(std::string http_text) {
    options_.http = std::move(http_text);
    write_config();
}

void NginxServer::edit_main(std::string main_text) {
    options_.main = std::move(main_text);
    write_config();
}

void NginxServer::refuse_if_logged(std::size_t log_offset, const char* action) const {
    const std::string text = log_.text();
    const auto emergency = text.find("[emerg]", std::min(log_offset, text.size()));
    if (emergency != std::string::npos) {
        throw NginxRefused(std::string(action) + " refused: " +
                           text.substr(emergency, text.find('\n', emergency) - emergency));
    }
}

void NginxServer::reload(OldWorkers old) {
    const auto former = worker_pids();
    const auto offset = log_.text().size();
    signal_master(SIGHUP);
    await(
        [&] {
            if (generation_ready(master_, former)) {
                return true;
            }
            refuse_if_logged(offset, "reload");
            return false;
        },
        "the new workers are ready after HUP");
    if (old == OldWorkers::wait_until_gone) {
        await([&] { return old_worker_pids().empty(); }, "the old workers are gone");
    }
}

void NginxServer::upgrade_binary() {
    const pid_t old_master = master_;
    const auto offset = log_.text().size();
    signal_master(SIGUSR2);
    await(
        [&] {
            const pid_t candidate = pid_in_file();
            if (candidate > 0 && candidate != old_master && generation_ready(candidate, {})) {
                return true;
            }
            refuse_if_logged(offset, "binary upgrade");
            return false;
        },
        "the new master's workers are ready after USR2");
    master_ = pid_in_file();
    ::kill(old_master, SIGQUIT);
    await(
        [&] {
            reap();
            return !process_running(old_master);
        },
        "the old master is gone after QUIT");
}

// Every nginx process we inherited as subreaper, and no other child of the test.
void NginxServer::reap() const {
    while (group_ > 0 && ::waitpid(-group_, nullptr, WNOHANG) > 0) {
    }
}

bool NginxServer::stop(Stop how, std::chrono::milliseconds deadline) {
    if (master_ <= 0) {
        return true;
    }
    ::kill(master_, how == Stop::graceful ? SIGQUIT : SIGTERM);
    const auto group_gone = [this] {
        reap();
        return ::kill(-group_, 0) != 0;
    };
    bool by_itself = becomes_true(group_gone, deadline);
    if (!by_itself) {
        ::kill(-group_, SIGKILL);
        becomes_true(group_gone, std::chrono::seconds(5));
    }
    warden_.reset();
    master_ = -1;
    group_ = -1;
    return by_itself;
}

bool NginxServer::running() const {
    return master_ > 0 && process_running(master_);
}

std::vector<pid_t> NginxServer::worker_pids() const {
    return titled(master_, kWorker, kLeaving);
}

std::vector<pid_t> NginxServer::old_worker_pids() const {
    return titled(master_, kLeaving);
}

void NginxServer::kill_worker(pid_t worker, int signal) {
    if (!contains(worker_pids(), worker) && !contains(old_worker_pids(), worker)) {
        throw std::invalid_argument("process " + std::to_string(worker) +
                                    " is not a worker of this nginx");
    }
    expect_log("worker process " + std::to_string(worker) + " exited on signal " +
               std::to_string(signal));
    ::kill(worker, signal);
}

void NginxServer::signal_master(int signal) {
    if (!running()) {
        throw std::logic_error("nginx does not run");
    }
    ::kill(master_, signal);
}

std::vector<std::string> NginxServer::finish() {
    if (std::exchange(finished_, true)) {
        return {};
    }
    const bool by_itself = stop();
    auto offences = check_log();
    if (!by_itself) {
        offences.push_back("nginx had to be killed: it did not stop by itself in time");
    }
    return offences;
}

}  // namespace teal::harness
