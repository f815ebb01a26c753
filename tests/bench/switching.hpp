// The same two backends behind the three ways of moving traffic at run time: teal, `nginx -s
// reload` with an edited split_clients, and HAProxy's runtime API. Each can be told which variant
// gets everything, and says from when on that counts.
#pragma once

#include "tests/bench/cli.hpp"
#include "tests/bench/sites.hpp"
#include "tests/harness/byte_stream.hpp"
#include "tests/harness/clocks.hpp"
#include "tests/harness/http_client.hpp"
#include "tests/harness/nginx_server.hpp"
#include "tests/harness/process.hpp"
#include "tests/harness/wait.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <csignal>
#include <memory>
#include <string>

namespace teal::bench {

class Switch {
public:
    struct Done {
        std::uint64_t from_ns = 0;  // CLOCK_MONOTONIC, from when on the new variant is asked for
        std::uint64_t returned_ns = 0;  // when whoever asked got his answer
    };

    virtual ~Switch() = default;
    virtual Done everything_to(const std::string& variant) = 0;
    virtual void settle() {}  // waits until nothing of the last switch is left

    std::uint16_t port = 0;
};

inline constexpr int kSwitchWorkers = 2;
inline constexpr unsigned kSwitchKeepalive = 256;

class TealSwitch : public Switch {
public:
    TealSwitch(harness::Workspace& workspace, const Addresses& to) {
        port = workspace.free_port();
        table.publish_app(to, 0);
        nginx_ = std::make_unique<harness::NginxServer>(
            workspace,
            harness::NginxOptions{.http = teal_site(table.path(), port, kSwitchKeepalive),
                                  .worker_processes = kSwitchWorkers,
                                  .log_level = "warn",
                                  .access_log = false,
                                  .directory = "teal"});
        nginx_->start();
    }

    Done everything_to(const std::string& variant) override {
        const SetResult set = set_everything_to(table.path(), variant);
        if (!set.proven) {
            throw std::runtime_error("teal traffic set returned without the proof");
        }
        return {set.published_ns, set.returned_ns};
    }

    BenchTable table;

private:
    std::unique_ptr<harness::NginxServer> nginx_;
};

class ReloadSwitch : public Switch {
public:
    ReloadSwitch(harness::Workspace& workspace, const Addresses& to) : to_(to) {
        port = workspace.free_port();
        nginx_ = std::make_unique<harness::NginxServer>(
            workspace, harness::NginxOptions{.http = site("blue"),
                                             .worker_processes = kSwitchWorkers,
                                             .load_module = false,
                                             .log_level = "warn",
                                             .access_log = false,
                                             .directory = "reload"});
        nginx_->start();
    }

    // The time begins with the signal: reading the configuration twice, as `nginx -s reload` does,
    // is not held against it.
    Done everything_to(const std::string& variant) override {
        nginx_->edit_config(site(variant));
        const std::uint64_t from = harness::monotonic_ns();
        nginx_->signal_master(SIGHUP);
        return {from, harness::monotonic_ns()};
    }
    void settle() override {
        using namespace std::chrono_literals;
        harness::becomes_true([this] { return nginx_->old_worker_pids().empty(); }, 3s);
    }

private:
    std::string site(const std::string& variant) const {
        return split_clients_site(to_, port, kSwitchKeepalive, variant == "green" ? 100 : 0);
    }

    Addresses to_;
    std::unique_ptr<harness::NginxServer> nginx_;
};

class HaproxySwitch : public Switch {
public:
    static std::string binary() {
        return ::access("/usr/sbin/haproxy", X_OK) == 0 ? "/usr/sbin/haproxy" : "";
    }

    HaproxySwitch(harness::Workspace& workspace, const Addresses& to) {
        port = workspace.free_port();
        socket_ = workspace.path("haproxy.sock").string();
        const auto conf = workspace.write(
            "haproxy.cfg",
            "global\n  maxconn 4096\n  nbthread " + std::to_string(kSwitchWorkers) +
                "\n  stats socket " + socket_ +
                " mode 600 level admin\n"
                "defaults\n  mode http\n  timeout connect 5s\n  timeout client 600s\n"
                "  timeout server 60s\n  option http-keep-alive\n"
                "frontend front\n  bind 127.0.0.1:" +
                std::to_string(port) +
                "\n  default_backend app\n"
                "backend app\n  balance roundrobin\n  http-reuse always\n"
                "  server blue " +
                to.blue +
                " weight 100\n"
                "  server green " +
                to.green + " weight 0\n");
        process_ = std::make_unique<harness::Process>(
            harness::ProcessOptions{.argv = {binary(), "-db", "-f", conf.string()}});
        harness::wait_until(
            [this] {
                return harness::http_get(harness::Endpoint::loopback(port), "/").status == 200;
            },
            std::chrono::seconds(20), "haproxy answers: " + process_->err());
    }

    // One line changes both weights: HAProxy applies them one after the other.
    Done everything_to(const std::string& variant) override {
        const std::string other = variant == "green" ? "blue" : "green";
        const std::uint64_t from = harness::monotonic_ns();
        tell("set weight app/" + variant + " 100;set weight app/" + other + " 0\n");
        return {from, harness::monotonic_ns()};
    }

private:
    void tell(const std::string& line) const {
        const harness::UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        socket_.copy(address.sun_path, sizeof(address.sun_path) - 1);
        if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
            ::send(fd.get(), line.data(), line.size(), MSG_NOSIGNAL) !=
                static_cast<ssize_t>(line.size())) {
            throw std::runtime_error("haproxy's socket does not answer");
        }
        char answer[512];
        while (::read(fd.get(), answer, sizeof answer) > 0) {
        }
    }

    std::string socket_;
    std::unique_ptr<harness::Process> process_;
};

}  // namespace teal::bench
