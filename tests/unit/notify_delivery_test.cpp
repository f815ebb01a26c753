// The spool and its deliverer, in simulated time: order, pauses, giving up, and what is kept.
#include "cli/error.hpp"
#include "cli/files/directory_lock.hpp"
#include "cli/notify/delivery.hpp"
#include "cli/notify/deployment_events.hpp"
#include "cli/notify/send.hpp"
#include "tests/catch.hpp"
#include "tests/fixtures/temporary_directory.hpp"

#include <sys/stat.h>
#include <filesystem>
#include <fstream>
#include <optional>

using namespace teal::cli;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using std::chrono::milliseconds;

namespace {

constexpr std::uint64_t kBegin_ns = 1'700'000'000'000'000'000u;

Notification numbered(int number) {
    Notification notification;
    notification.summary = std::to_string(number);
    notification.id = "0000" + std::to_string(number);
    notification.time_unix_ns = kBegin_ns;
    return notification;
}

AttemptResult refusal(const std::string& problem, bool hopeless = false) {
    AttemptResult result;
    result.problem = problem;
    result.hopeless = hopeless;
    return result;
}

// A receiver and a clock that a test moves.
struct Simulated {
    std::vector<std::string> attempts{};  // summaries, in order
    std::vector<milliseconds> pauses{};
    std::function<AttemptResult(int attempt)> answer = [](int) {
        AttemptResult result;
        result.delivered = true;
        return result;
    };
    std::uint64_t now_ns = kBegin_ns;

    DeliveryMeans means() {
        return {.attempt =
                    [this](const Notification& notification) {
                        attempts.push_back(notification.summary);
                        return answer(static_cast<int>(attempts.size()));
                    },
                .now_unix_ns = [this] { return now_ns; },
                .pause =
                    [this](milliseconds pause) {
                        pauses.push_back(pause);
                        now_ns += static_cast<std::uint64_t>(pause.count()) * 1'000'000u;
                    }};
    }
};

}  // namespace

TEST_CASE("pauses double up to a minute and end with the limit") {
    const BackOff back_off{};
    std::vector<long> pauses;
    milliseconds age{0};
    for (unsigned attempts = 1;; ++attempts) {
        const std::optional<milliseconds> pause = back_off.pause_after(attempts, age);
        if (!pause) {
            break;
        }
        pauses.push_back(pause->count());
        age += *pause;
    }
    CHECK(pauses.size() == 15);
    pauses.resize(10);
    CHECK(pauses ==
          std::vector<long>{500, 1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000, 60000});
    CHECK(age <= back_off.give_up_after);
    CHECK(back_off.pause_after(1, 0ms, 7s) == milliseconds(7000));  // Retry-After
    CHECK(back_off.pause_after(9, 0ms, 7s) == milliseconds(60000));
    CHECK_FALSE(back_off.pause_after(1, 0ms, 601s));
    CHECK(back_off.pause_after(1000, 0ms));  // no overflow
}

TEST_CASE("what fails twice is delivered on the third attempt, and what came later waits for it") {
    const teal::fixtures::TemporaryDirectory directory;
    const Spool spool(directory.path(), "ops");
    spool.add(numbered(2));
    spool.add(numbered(1));
    Simulated world;
    const auto good = world.answer;
    world.answer = [&](int attempt) { return attempt <= 2 ? refusal("answered 500") : good(0); };
    deliver_all(spool, {}, world.means());
    CHECK(world.attempts == std::vector<std::string>{"1", "1", "1", "2"});
    CHECK(world.pauses == std::vector<milliseconds>{500ms, 1000ms});
    CHECK(spool.waiting().empty());
    CHECK(spool.failed().empty());
}

TEST_CASE("what cannot be delivered is kept with its reason, and holds up nothing for ever") {
    const teal::fixtures::TemporaryDirectory directory;
    const Spool spool(directory.path(), "ops");
    spool.add(numbered(1));
    spool.add(numbered(2));
    Simulated world;
    world.answer = [](int) { return refusal("connection refused"); };
    deliver_all(spool, {.give_up_after = 10s}, world.means());
    CHECK(world.now_ns - kBegin_ns <= 10'000'000'000u);
    const std::vector<SpooledNotification> failed = spool.failed();
    REQUIRE(failed.size() == 2);
    CHECK(failed[0].notification.summary == "1");
    CHECK(failed[0].problem == "connection refused");
    CHECK(failed[0].attempts == 5);  // at 0, .5, 1.5, 3.5, 7.5 s
    CHECK(failed[1].attempts >= 1);  // late, but not unattempted
    CHECK(spool.waiting().empty());

    CHECK(spool.revive_failed() == 2);
    world.answer = Simulated{}.answer;
    deliver_all(spool, {.give_up_after = 10s}, world.means());
    CHECK(spool.failed().empty());
    CHECK(spool.waiting().empty());
}

TEST_CASE("what is hopeless is not tried again; a missing secret is a reason like any other") {
    const teal::fixtures::TemporaryDirectory directory;
    const Spool spool(directory.path(), "ops");
    spool.add(numbered(1));
    Simulated world;
    world.answer = [](int) { return refusal("answered 404", true); };
    deliver_all(spool, {}, world.means());
    CHECK(world.attempts.size() == 1);
    CHECK(world.pauses.empty());
    spool.add(numbered(2));
    world.answer = [](int) -> AttemptResult { throw failure("HOOK is not set", "set it"); };
    deliver_all(spool, {.give_up_after = 1s}, world.means());
    REQUIRE(spool.failed().size() == 2);
    CHECK(spool.failed()[1].problem == "HOOK is not set");
    CHECK(spool.drop_failed() == 2);
    CHECK(spool.failed().empty());
}

TEST_CASE("the spool is ours alone, keeps the newest failures, and survives foreign files") {
    const teal::fixtures::TemporaryDirectory directory;
    const Spool spool(directory.path(), "ops");
    spool.add(numbered(1));
    struct stat status {};
    for (const char* path : {"/notifications", "/notifications/ops"}) {
        REQUIRE(stat((directory.path() + path).c_str(), &status) == 0);
        CHECK((status.st_mode & 0777) == 0700);
    }
    std::ofstream(spool.directory() / "0.json") << "{ torn";
    CHECK(spool.waiting().size() == 1);
    for (int i = 1000; i < 1120; ++i) {
        SpooledNotification one;
        one.target = "ops";
        one.notification = numbered(i);
        spool.give_up(one);
    }
    CHECK(spool.failed().size() == Spool::kMostFailed);
    CHECK(spool.failed().back().notification.summary == "1119");
    CHECK(spooled_targets(directory.path()) == std::vector<std::string>{"ops"});
}

TEST_CASE("a second deliverer leaves the work to the first, which then finds the new one") {
    const teal::fixtures::TemporaryDirectory directory;
    const Spool spool(directory.path(), "ops");
    spool.add(numbered(1));
    Simulated other;
    {
        const DirectoryLock held(spool.directory(), 0ms);
        deliver_all(spool, {}, other.means());
        CHECK(other.attempts.empty());
    }
    Simulated world;
    const auto good = world.answer;
    world.answer = [&](int attempt) {
        if (attempt == 1) {
            spool.add(numbered(2));
            deliver_all(spool, {}, other.means());  // finds the lock taken
        }
        return good(attempt);
    };
    deliver_all(spool, {}, world.means());
    CHECK(world.attempts == std::vector<std::string>{"1", "2"});
    CHECK(other.attempts.empty());
}

TEST_CASE("send spools for whoever wants it, starts deliverers, and never throws") {
    const teal::fixtures::TemporaryDirectory directory;
    Settings settings;
    settings.directory = directory.path();
    settings.project_name = "shop";
    settings.deployment_directory = directory / "deployments";
    std::vector<std::string> started;
    const DelivererStart start = [&](const Settings&, const std::string& target) {
        started.push_back(target);
        return std::string();
    };
    Notification notification;
    notification.kind = EventKind::promoted;
    notification.summary = "green has everything";
    CHECK(send(settings, notification, start).empty());
    CHECK_FALSE(std::filesystem::exists(settings.deployment_directory));  // nobody is notified

    settings.notify["ops"].events = {"tripped"};
    settings.notify["audit"] = {};
    CHECK(send(settings, notification, start).empty());
    CHECK(started == std::vector<std::string>{"audit"});
    const auto waiting = Spool(settings.deployment_directory, "audit").waiting();
    REQUIRE(waiting.size() == 1);
    CHECK(waiting[0].notification.project == "shop");
    CHECK_FALSE(waiting[0].notification.user.empty());
    CHECK(waiting[0].notification.time_unix_ns > kBegin_ns);

    std::ofstream(directory / "file") << "in the way";
    settings.deployment_directory = directory / "file";
    CHECK_THAT(send(settings, notification, start), ContainsSubstring("not notified: audit: "));
}

TEST_CASE("a line of the history is told as what happened") {
    HistoryEntry entry;
    entry.operation = "perform";
    entry.outcome = "switched";
    entry.from = "blue";
    entry.to = "green";
    const auto kinds = [](const HistoryEntry& of) {
        std::string text;
        for (const Notification& one : notifications_of(of)) {
            text += std::string(name_of(one.kind)) + " ";
        }
        return text;
    };
    CHECK(kinds(entry) == "deploy_finished ");
    CHECK(notifications_of(entry)[0].summary == "green serves (was blue)");
    entry.outcome = "deployed";
    CHECK(notifications_of(entry)[0].command == "teal upgrade switch green");
    entry.outcome = "switched back";
    CHECK(kinds(entry) == "rolled_back deploy_failed ");
    entry.outcome = "failed";
    entry.phase = "health";
    entry.reason = "web does not answer";
    CHECK(notifications_of(entry)[0].summary ==
          "perform failed in phase health: web does not answer");
    entry.outcome = "interrupted";
    CHECK(kinds(entry) == "deploy_failed ");
    CHECK(notifications_of(entry)[0].summary ==
          "perform was interrupted in phase health: web does not answer");
    for (const char* outcome : {"tripped", "aborted", "inconclusive"}) {
        entry.outcome = outcome;
        CHECK(kinds(entry) == "deploy_failed ");
        CHECK(notifications_of(entry)[0].summary ==
              std::string("the canary green was ") + outcome + "; blue serves");
    }
    entry.outcome = "promoted";
    CHECK(notifications_of(entry)[0].summary == "green serves (was blue)");
    entry.outcome = "failed";
    entry.operation = "rollback";
    CHECK(kinds(entry) == "deploy_failed ");
    entry.outcome = "switched";
    CHECK(kinds(entry) == "rolled_back ");
    entry.operation = "cleanup";
    CHECK(kinds(entry).empty());
    CHECK(notifications_of_begin("perform", "green", "blue").size() == 1);
    CHECK(notifications_of_begin("rollback", "blue", "green").empty());
}
