// Notifications of real deployments to a real receiver, a script and nobody at all: delivered by a
// process of their own, and no deployment waits for them or fails with them.
#include "cli/notify/payload.hpp"
#include "tests/catch.hpp"
#include "tests/e2e/procfile_site.hpp"
#include "tests/harness/backend.hpp"
#include "tests/harness/port_reservation.hpp"
#include "tests/harness/process_table.hpp"
#include "tests/harness/wait.hpp"

#include <signal.h>
#include <sys/stat.h>
#include <filesystem>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <vector>

using namespace teal;
using namespace teal::harness;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using e2e::ProcfileSite;
using nlohmann::json;

namespace {

namespace fs = std::filesystem;

struct Received {
    std::map<std::string, std::string> fields;
    std::string body;
    int status = 200;  // what it was answered
};

// Answers so many requests with 500 before it takes one.
class Receiver {
public:
    explicit Receiver(int failures = 0) : failures_(failures) {}

    std::string url() const { return "http://" + backend_.address() + "/hooks/XYZZY"; }
    std::vector<Received> all() {
        const std::lock_guard lock(mutex_);
        return received_;
    }
    // The events that were taken, in order.
    std::vector<std::string> taken() {
        std::vector<std::string> events;
        for (const Received& one : all()) {
            if (one.status == 200) {
                events.push_back(json::parse(one.body).at("event"));
            }
        }
        return events;
    }

private:
    bool answer(const MessageParser& request, Behaviour& behaviour) {
        const std::lock_guard lock(mutex_);
        Received one;
        for (const auto& field : request.fields()) {
            one.fields[std::string(field.name)] = field.value;
        }
        one.body = request.body();
        one.status = behaviour.status = failures_-- > 0 ? 500 : 200;
        received_.push_back(one);
        return true;
    }

    std::mutex mutex_;
    int failures_;
    std::vector<Received> received_;
    Backend backend_{
        {.name = "receiver", .handler = [this](const MessageParser& request, Behaviour& behaviour) {
             return answer(request, behaviour);
         }}};
};

// [notify.…] sections for the site's teal.toml.
void notify(ProcfileSite& site, const std::string& sections) {
    site.workspace.append("shop/teal.toml", sections);
}

RunResult run_with(const ProcfileSite& site, const std::vector<std::string>& words,
                   const std::map<std::string, std::string>& variables) {
    ProcessOptions options = site.process(words);
    options.env = variables;
    options.env["no_proxy"] = "*";
    return run(options, 60s);
}

void must_end_with(int exit_code, const ProcfileSite& site, const std::vector<std::string>& words,
                   const std::map<std::string, std::string>& variables) {
    const RunResult result = run_with(site, words, variables);
    INFO(result.out << result.err);
    REQUIRE(result.exit_code == exit_code);
}

std::vector<pid_t> deliverers_of(const ProcfileSite& site) {
    std::vector<pid_t> found;
    for (const auto& entry : fs::directory_iterator("/proc")) {
        const std::string name = entry.path().filename();
        if (name.find_first_not_of("0123456789") != std::string::npos) {
            continue;
        }
        const auto pid = static_cast<pid_t>(std::stol(name));
        const std::string title = process_title(pid);
        if (title.find("notify-deliver") != std::string::npos &&
            title.find(site.project.string()) != std::string::npos) {
            found.push_back(pid);
        }
    }
    return found;
}

void check_signed(const Received& one, const std::string& secret) {
    const std::uint64_t timestamp = std::stoull(one.fields.at("X-Teal-Timestamp"));
    CHECK(one.fields.at("X-Teal-Signature") == cli::signature_of(secret, timestamp, one.body));
}

}  // namespace

TEST_CASE("a webhook that fails twice gets its event on the third attempt, signed each time",
          "[notify]") {
    ProcfileSite site;
    Receiver receiver(2);
    notify(site,
           "[notify.audit]\nkind = \"webhook\"\nurl_env = \"AUDIT_URL\"\n"
           "secret_env = \"AUDIT_SECRET\"\n");
    const std::map<std::string, std::string> secrets{{"AUDIT_URL", receiver.url()},
                                                     {"AUDIT_SECRET", "an audit secret"}};
    const RunResult result = run_with(site, {"upgrade", "perform", "--auto-switch"}, secrets);
    INFO(result.out << result.err);
    REQUIRE(result.exit_code == 0);
    wait_until([&] { return receiver.taken().size() == 2; }, 20s, "both events to be delivered");
    CHECK(receiver.taken() == std::vector<std::string>{"deploy_started", "deploy_finished"});
    const std::vector<Received> all = receiver.all();
    REQUIRE(all.size() == 4);
    for (const Received& one : all) {
        check_signed(one, "an audit secret");
    }
    CHECK(all[0].fields.at("X-Teal-Delivery") == all[2].fields.at("X-Teal-Delivery"));
    CHECK(all[0].fields.at("X-Teal-Delivery") != all[3].fields.at("X-Teal-Delivery"));
    const json finished = json::parse(all[3].body);
    CHECK(finished["project"] == "shop");
    CHECK(finished["facts"]["to"] == "blue");
    wait_until(
        [&] {
            return site.teal({"notify", "status"}).out.find("nothing waits") != std::string::npos;
        },
        10s, "the spool to be empty");

    SECTION("a rollback and a failure are told as well") {
        site.write_version("v2");
        must_end_with(0, site, {"upgrade", "perform", "--auto-switch"}, secrets);
        must_end_with(0, site, {"upgrade", "rollback"}, secrets);
        site.write_version("v3", "--no-such-option");
        must_end_with(3, site, {"upgrade", "perform", "--auto-switch"}, secrets);
        wait_until([&] { return receiver.taken().size() == 7; }, 20s, "all events");
        const std::vector<std::string> taken = receiver.taken();
        CHECK(std::vector(taken.begin() + 2, taken.end()) ==
              std::vector<std::string>{"deploy_started", "deploy_finished", "rolled_back",
                                       "deploy_started", "deploy_failed"});
    }
}

TEST_CASE("receivers that cannot be reached cost a deployment nothing, and are told of",
          "[notify]") {
    ProcfileSite site;
    const PortReservation nobody;
    Backend hanging("hanging");
    hanging.behave({.manner = Manner::hang});
    const std::string here = "http://127.0.0.1:" + std::to_string(nobody.port()) + "/hooks/XYZZY";
    notify(site,
           "[notify.ops]\nkind = \"slack\"\nurl_env = \"OPS_URL\"\ngive_up_after = 2\n"
           "[notify.late]\nkind = \"discord\"\nurl_env = \"LATE_URL\"\ntimeout = 1\n"
           "give_up_after = 0\n"
           "[notify.unset]\nkind = \"slack\"\nurl_env = \"TEAL_TEST_NOT_SET\"\n"
           "give_up_after = 0\n");
    const std::map<std::string, std::string> secrets{
        {"OPS_URL", here}, {"LATE_URL", "http://" + hanging.address() + "/hooks/XYZZY"}};
    const auto begun = std::chrono::steady_clock::now();
    const RunResult result = run_with(site, {"upgrade", "perform", "--auto-switch"}, secrets);
    const auto took = std::chrono::steady_clock::now() - begun;
    INFO(result.out << result.err);
    CHECK(result.exit_code == 0);
    CHECK(took < 10s);
    CHECK(site.served() == "web-v1");
    const auto given_up = [&] {
        int count = 0;
        const json status = json::parse(site.teal({"notify", "status", "--json"}).out);
        for (const json& one : status.at("notifications")) {
            count += one.at("failed") == true ? 1 : 0;
        }
        return count;
    };
    wait_until([&] { return given_up() == 6; }, 30s, "all to be given up");
    const RunResult status = site.teal({"notify", "status"});
    CHECK(status.exit_code == 1);
    CHECK_THAT(status.out, ContainsSubstring("refused") && ContainsSubstring("timed out") &&
                               ContainsSubstring("TEAL_TEST_NOT_SET"));
    // The secret part of a URL is in no output and on no disk.
    CHECK_THAT(status.out + result.out + result.err, !ContainsSubstring("XYZZY"));
    for (const auto& entry : fs::recursive_directory_iterator(site.deployments)) {
        if (entry.is_regular_file()) {
            CHECK_THAT(read_file(entry.path()), !ContainsSubstring("XYZZY"));
        }
    }
    struct stat directory {};
    REQUIRE(stat((site.deployments / "notifications").c_str(), &directory) == 0);
    CHECK((directory.st_mode & 0777) == 0700);

    // Reachable again: what was given up can be sent.
    Receiver receiver;
    CHECK(run_with(site, {"notify", "retry", "unset"}, {{"TEAL_TEST_NOT_SET", receiver.url()}})
              .exit_code == 0);
    wait_until([&] { return receiver.all().size() == 2; }, 20s, "the retried ones");
    CHECK(site.teal({"notify", "retry", "--drop"}).exit_code == 0);
    wait_until(
        [&] {
            return site.teal({"notify", "status"}).exit_code == 0;
        },
        10s, "nothing to be left");
}

TEST_CASE("what a reboot left waiting is delivered once the agent runs", "[notify]") {
    ProcfileSite site;
    Receiver receiver;
    const PortReservation nobody;
    notify(site, "[notify.ops]\nkind = \"webhook\"\nurl_env = \"OPS_URL\"\n");
    const std::string nowhere = "http://127.0.0.1:" + std::to_string(nobody.port()) + "/";
    must_end_with(0, site, {"upgrade", "perform", "--auto-switch"}, {{"OPS_URL", nowhere}});
    // A reboot takes the deliverer.
    const std::vector<pid_t> deliverers = deliverers_of(site);
    REQUIRE(!deliverers.empty());
    for (const pid_t deliverer : deliverers) {
        REQUIRE(kill(deliverer, SIGKILL) == 0);
    }
    CHECK(receiver.all().empty());

    const RunResult looked = run_with(site, {"agent", "--once"}, {{"OPS_URL", receiver.url()}});
    INFO(looked.out << looked.err);
    CHECK(looked.exit_code == 0);
    wait_until([&] { return receiver.taken().size() == 2; }, 20s, "both to be delivered");
}

TEST_CASE("a command hook gets the event of a deployment", "[notify]") {
    ProcfileSite site;
    site.workspace.write("shop/page", "#!/bin/sh\ncat > \"got-$TEAL_EVENT_KIND.json\"\n");
    REQUIRE(chmod((site.project / "page").c_str(), 0700) == 0);
    notify(site,
           "[notify.pager]\nkind = \"command\"\ncommand = [\"./page\"]\n"
           "events = [\"deploy_finished\"]\n");
    REQUIRE(site.perform().exit_code == 0);
    const fs::path got = site.project / "got-deploy_finished.json";
    wait_until([&] { return fs::exists(got) && !read_file(got).empty(); }, 20s, "the hook to run");
    CHECK(json::parse(read_file(got)).at("facts").at("operation") == "perform");
    CHECK_FALSE(fs::exists(site.project / "got-deploy_started.json"));
}

TEST_CASE("notify test says who got it, who did not and why", "[notify]") {
    ProcfileSite site;
    CHECK(site.teal({"notify", "test"}).exit_code == 5);
    CHECK(site.teal({"notify", "status"}).exit_code == 0);
    Receiver receiver;
    notify(site,
           "[notify.ops]\nkind = \"webhook\"\nurl_env = \"OPS_URL\"\n"
           "[notify.pager]\nkind = \"command\"\ncommand = [\"false\"]\n");
    const std::map<std::string, std::string> secrets{{"OPS_URL", receiver.url()}};
    const RunResult both = run_with(site, {"notify", "test"}, secrets);
    CHECK(both.exit_code == 1);
    CHECK_THAT(both.out, ContainsSubstring("ops (webhook): delivered") &&
                             ContainsSubstring("pager (command): failed: false ended with 1"));
    CHECK(receiver.taken() == std::vector<std::string>{"test"});
    const RunResult one = run_with(site, {"notify", "test", "ops", "--json"}, secrets);
    CHECK(one.exit_code == 0);
    CHECK(json::parse(one.out).at("targets").at(0).at("delivered") == true);
    CHECK(run_with(site, {"notify", "test", "opps"}, secrets).exit_code == 2);
}
