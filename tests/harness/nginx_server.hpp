// A real nginx, in a workspace, under a test's control.
//
// It runs as a daemon (a foreground nginx ignores USR2) but stays our child: this process becomes a
// child subreaper, and a warden kills nginx's process group if the test is killed.
// A worker counts as ready when nginx has renamed it to "worker process": it does that only after
// every module's init_process ran and the listening sockets are in its event loop.
// Not thread-safe: one thread drives one server.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/harness/nginx_log.hpp"
#include "tests/harness/nginx_options.hpp"
#include "tests/harness/process_group_warden.hpp"
#include "tests/harness/workspace.hpp"

namespace teal::harness {

// nginx refused to do what was asked; what() holds nginx's own words.
class NginxRefused : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

enum class Stop { graceful, fast };                // QUIT or TERM
enum class OldWorkers { leave, wait_until_gone };  // after a reload

class NginxServer {
public:
    // Writes the configuration; starts nothing. `workspace` must outlive the server.
    NginxServer(Workspace& workspace, NginxOptions options);
    // Calls finish(); what it finds goes to report_failure().
    ~NginxServer();
    NginxServer(const NginxServer&) = delete;
    NginxServer& operator=(const NginxServer&) = delete;

    // Runs `nginx -t`: exit code, and nginx's words in `output`.
    struct TestResult {
        int code;
        std::string output;
    };
    TestResult test_config() const;

    // Starts and waits until all workers are ready. Throws NginxRefused or DeadlineExceeded.
    void start();
    // Rewrites nginx.conf with another http{} or top-level text; takes effect at reload().
    void edit_config(std::string http_text);
    void edit_main(std::string main_text);
    // HUP; waits until all workers are new. Throws NginxRefused with nginx's [emerg] line.
    void reload(OldWorkers old = OldWorkers::leave);
    // USR2; waits until the new master's workers are ready, then QUITs the old master and waits for
    // it.
    void upgrade_binary();
    // Stops and waits; false when nginx had to be killed after `deadline`.
    bool stop(Stop how = Stop::graceful,
              std::chrono::milliseconds deadline = std::chrono::seconds(15));

    bool running() const;
    pid_t master_pid() const { return master_; }
    // Workers that are ready and accept; without those shutting down.
    std::vector<pid_t> worker_pids() const;
    // Workers of former generations that still finish requests.
    std::vector<pid_t> old_worker_pids() const;
    // Signals one of worker_pids() or old_worker_pids(); its death by that signal becomes an
    // expected log line. Throws std::invalid_argument for another pid.
    void kill_worker(pid_t worker, int signal);
    // Signals the master.
    void signal_master(int signal);

    // A pattern (ECMAScript) of log lines the test provokes on purpose.
    void expect_log(const std::string& pattern) { log_.expect(pattern); }
    const NginxLog& log() const { return log_; }
    // Unexpected offences so far.
    std::vector<std::string> check_log() const { return log_.offences(); }
    // Stops nginx (gracefully) if it runs, and returns the offences of its whole life, once.
    std::vector<std::string> finish();

    const std::filesystem::path& root() const { return root_; }
    std::filesystem::path config_file() const { return root_ / "nginx.conf"; }
    std::filesystem::path access_log() const { return root_ / "access.log"; }
    // The command that runs this nginx; `extra` is appended ("-t", "-s", "reload").
    std::vector<std::string> command(const std::vector<std::string>& extra = {}) const;

private:
    void await(const std::function<bool()>& condition, const char* what) const;
    void write_config() const;
    pid_t pid_in_file() const;
    bool generation_ready(pid_t master, const std::vector<pid_t>& former) const;
    void refuse_if_logged(std::size_t log_offset, const char* action) const;
    void reap() const;

    Workspace& workspace_;
    NginxOptions options_;
    std::filesystem::path root_;
    NginxLog log_;
    pid_t master_ = -1;
    pid_t group_ = -1;
    std::unique_ptr<ProcessGroupWarden> warden_;
    bool finished_ = false;
};

}  // namespace teal::harness
