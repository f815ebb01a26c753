// One attempt, through the programs that really send: a listener on this machine, and a script.
#include "cli/error.hpp"
#include "cli/notify/attempt.hpp"
#include "cli/notify/payload.hpp"
#include "tests/catch.hpp"
#include "tests/fixtures/probe_program.hpp"
#include "tests/fixtures/temporary_directory.hpp"
#include "tests/harness/backend.hpp"

#include <sys/stat.h>
#include <cstdlib>
#include <fstream>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>

using namespace teal::cli;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using teal::harness::Backend;
using teal::harness::Behaviour;
using teal::harness::MessageParser;

namespace {

// Keeps the last request; answers as its Behaviour says.
class Receiver {
public:
    Receiver() {
        teal::fixtures::use_built_post_program();
        setenv("no_proxy", "*", 1);
    }
    Destination destination(TargetKind kind, const std::string& secret = "") const {
        Destination destination;
        destination.kind = kind;
        destination.url = "http://" + backend.address() + "/services/XYZZY";
        destination.secret = secret;
        destination.timeout_s = 5;
        return destination;
    }
    std::string field(const std::string& name) {
        const std::lock_guard lock(mutex_);
        return fields_[name];
    }
    std::string body() {
        const std::lock_guard lock(mutex_);
        return body_;
    }

private:
    bool keep(const MessageParser& request) {
        const std::lock_guard lock(mutex_);
        fields_.clear();
        for (const auto& field : request.fields()) {
            fields_[std::string(field.name)] = field.value;
        }
        body_ = request.body();
        return true;
    }

    std::mutex mutex_;
    std::map<std::string, std::string> fields_;
    std::string body_;

public:
    Backend backend{
        {.name = "receiver",
         .handler = [this](const MessageParser& request, Behaviour&) { return keep(request); }}};
};

Notification notification() {
    Notification made;
    made.kind = EventKind::tripped;
    made.summary = "the guard tripped";
    made.facts = {{"split", "app"}};
    made.id = "1";
    made.project = "shop";
    return made;
}

constexpr std::uint64_t kNow_s = 1'700'000'000;

}  // namespace

TEST_CASE("a webhook is posted, signed over exactly the bytes that arrive") {
    Receiver receiver;
    receiver.backend.behave({.status = 204});
    const AttemptResult result = attempt_delivery(
        receiver.destination(TargetKind::webhook, "an audit secret"), notification(), kNow_s);
    INFO(result.problem);
    CHECK(result.delivered);
    CHECK(receiver.field("Content-Type") == "application/json");
    CHECK(receiver.field("X-Teal-Event") == "tripped");
    CHECK(receiver.field("X-Teal-Timestamp") == "1700000000");
    CHECK(receiver.field("X-Teal-Signature") ==
          signature_of("an audit secret", kNow_s, receiver.body()));
    CHECK(nlohmann::json::parse(receiver.body())["summary"] == "the guard tripped");
}

TEST_CASE("chats get their own form and no signature") {
    Receiver receiver;
    CHECK(attempt_delivery(receiver.destination(TargetKind::slack), notification(), kNow_s)
              .delivered);
    CHECK(receiver.body() == slack_payload(notification()));
    CHECK(receiver.field("X-Teal-Signature").empty());
    CHECK(attempt_delivery(receiver.destination(TargetKind::discord), notification(), kNow_s)
              .delivered);
    CHECK(receiver.body() == discord_payload(notification()));
}

TEST_CASE("an answer says whether another attempt makes sense, and never where it went") {
    Receiver receiver;
    const auto attempt = [&](Behaviour behaviour) {
        receiver.backend.behave(std::move(behaviour));
        return attempt_delivery(receiver.destination(TargetKind::slack), notification(), kNow_s);
    };
    const AttemptResult failed = attempt({.status = 500, .body = "try later\nmore"});
    CHECK(failed.problem == "answered 500: try later");
    CHECK_FALSE(failed.hopeless);
    const AttemptResult limited = attempt({.status = 429, .fields = {{"Retry-After", "7"}}});
    CHECK_FALSE(limited.hopeless);
    CHECK(limited.retry_after == 7s);
    const AttemptResult unknown = attempt({.status = 404, .body = "no /services/XYZZY here"});
    CHECK(unknown.hopeless);
    CHECK(unknown.problem == "answered 404: no ******** here");
    // Whoever is pointed to gets nothing.
    const std::uint64_t before = receiver.backend.requests();
    CHECK(attempt({.status = 302, .fields = {{"Location", "http://127.0.0.1:1/"}}}).hopeless);
    CHECK(receiver.backend.requests() == before + 1);
}

TEST_CASE("no answer is a problem with a reason") {
    Receiver receiver;
    Destination destination = receiver.destination(TargetKind::slack);
    receiver.backend.behave({.delay = 5s});
    destination.timeout_s = 0.2;
    const AttemptResult late = attempt_delivery(destination, notification(), kNow_s);
    CHECK_FALSE(late.delivered);
    CHECK_FALSE(late.hopeless);
    CHECK_THAT(late.problem, ContainsSubstring("timed out"));
    receiver.backend.stop();
    const AttemptResult refused = attempt_delivery(destination, notification(), kNow_s);
    CHECK_THAT(refused.problem, ContainsSubstring("refused"));
    CHECK_THAT(refused.problem + late.problem, !ContainsSubstring("XYZZY"));
}

TEST_CASE("a command gets the event on standard input and in its environment") {
    const teal::fixtures::TemporaryDirectory directory;
    std::ofstream(directory / "page")
        << "#!/bin/sh\ncat > got.json\n"
           "echo \"$TEAL_EVENT_KIND $TEAL_EVENT_SPLIT $1\" > got.txt\n"
           "echo no pager >&2\nexit ${TEAL_TEST_EXIT:-0}\n";
    REQUIRE(chmod((directory / "page").c_str(), 0700) == 0);
    Destination destination;
    destination.kind = TargetKind::command;
    destination.command = {directory / "page", "two words"};
    destination.directory = directory.path();
    const AttemptResult result = attempt_delivery(destination, notification(), kNow_s);
    INFO(result.problem);
    CHECK(result.delivered);
    std::string line;
    std::getline(std::ifstream(directory / "got.txt"), line);
    CHECK(line == "tripped app two words");
    std::ifstream json(directory / "got.json");
    CHECK(nlohmann::json::parse(json)["facts"]["split"] == "app");

    setenv("TEAL_TEST_EXIT", "3", 1);
    const AttemptResult failed = attempt_delivery(destination, notification(), kNow_s);
    unsetenv("TEAL_TEST_EXIT");
    CHECK_FALSE(failed.delivered);
    CHECK_THAT(failed.problem, ContainsSubstring("page ended with 3: no pager"));
    destination.command = {directory / "missing"};
    CHECK_THAT(attempt_delivery(destination, notification(), kNow_s).problem,
               ContainsSubstring("No such file"));
    destination.command = {"sleep", "5"};
    destination.timeout_s = 0.1;
    CHECK_THAT(attempt_delivery(destination, notification(), kNow_s).problem,
               ContainsSubstring("did not end within 0.1 s"));
}
