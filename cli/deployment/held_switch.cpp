#include "cli/deployment/held_switch.hpp"

#include "cli/error.hpp"
#include "cli/process/command.hpp"
#include "cli/process/interruption.hpp"
#include "cli/traffic/hold.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace teal::cli {
namespace {

using std::chrono::duration;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Of the hold, kept for the switch behind the command.
constexpr auto kLongestReserve = std::chrono::milliseconds(1000);

class HeldSwitch {
public:
    HeldSwitch(DeploymentJob& job, const Target& target,
               const std::vector<SplitEndpoints>& endpoints, const HeldMigration& migration)
        : job_(job),
          target_(target),
          endpoints_(endpoints),
          migration_(migration),
          splits_(target.splits()) {}

    HeldOutcome run() {
        before_ = counted();
        begin();
        try {
            drain();
            migrate();
            job_.begin("switch");
            outcome_.change = switch_and_record(job_, target_, endpoints_, Waiting::release);
        } catch (const Error& error) {
            if (error.code() != ExitCode::not_applied) {
                let_go();
            }
            throw;
        }
        outcome_.held_s = duration<double>(steady_clock::now() - began_).count();
        count();
        return outcome_;
    }

private:
    void begin() {
        began_ = steady_clock::now();
        ends_ = began_ + migration_.longest;
        try {
            hold(job_.terms(), splits_, migration_.longest);
        } catch (const Error& error) {
            if (error.code() == ExitCode::not_applied) {
                let_go();
                throw Error(ExitCode::deployment_failed, error.what(), error.next_step());
            }
            throw;
        }
        job_.progress.note(fmt::format("{} held, at most {:g} s", joined_names(splits_),
                                       duration<double>(migration_.longest).count()));
    }

    void drain() {
        const auto patience =
            std::min<std::chrono::nanoseconds>(migration_.drain_patience, time_left());
        const std::uint64_t left =
            wait_until_drained(job_.nginx, splits_, patience, [&](std::uint64_t in_flight) {
                heed_interruption();
                job_.progress.service("in flight", std::to_string(in_flight));
            });
        heed_interruption();
        if (left > 0) {
            throw failure(fmt::format("{} requests are still in flight after {:.1f} s of the hold",
                                      left, duration<double>(patience).count()),
                          "look who is slow: teal traffic show; give them longer: --drain-timeout "
                          "and --hold-max (an open WebSocket never ends by itself)");
        }
    }

    void migrate() {
        job_.begin("migration");
        const auto started = steady_clock::now();
        Command command;
        command.argv = {"/bin/sh", "-c", migration_.command};
        command.directory = job_.settings.directory;
        command.environment = {{"TEAL_COLOR", name_of(target_.color)},
                               {"TEAL_SNAPSHOT", target_.snapshot}};
        command.deadline = std::chrono::duration_cast<milliseconds>(time_left());
        command.on_line = [&](std::string_view line) { tell(std::string(line)); };
        command.unwanted = [&] { return interruption_.count(); };
        if (command.deadline <= milliseconds(0)) {
            throw failure("no time of the hold is left for the migration",
                          "give it longer: --hold-max");
        }
        const CommandResult result = run_command(command);
        outcome_.migration_s = duration<double>(steady_clock::now() - started).count();
        if (result.was_unwanted) {
            throw Interrupted(ExitCode::deployment_failed,
                              fmt::format("the migration was stopped after {:.1f} s, by {}",
                                          outcome_.migration_s, interruption_.name()),
                              "look what it has done to the database: the old version serves on");
        }
        if (result.timed_out) {
            throw failure(
                fmt::format("the migration was stopped after {:.1f} s: the hold of {:g} s "
                            "would have ended under it",
                            outcome_.migration_s, duration<double>(migration_.longest).count()),
                "look what it has done to the database, then give it longer: --hold-max");
        }
        if (!result.ok()) {
            throw failure(
                fmt::format("the migration failed with exit code {}", result.exit_code),
                "what it printed stands above; it has to leave the database as the old version "
                "needs it");
        }
        if (steady_clock::now() >= ends_) {
            throw failure("the hold ended before the switch", "give it longer: --hold-max");
        }
    }

    void heed_interruption() {
        if (interruption_.count() > 0) {
            throw Interrupted(ExitCode::deployment_failed,
                              interruption_.name() + " came before the migration began",
                              "the old version serves on; again: teal upgrade perform");
        }
    }

    // At Ctrl-C a reader of ours may be gone before us: no reason not to end the command politely.
    void tell(const std::string& line) {
        try {
            job_.progress.note(line);
        } catch (const Error&) {
            if (interruption_.count() == 0) {
                throw;
            }
        }
    }

    // Less a reserve for the switch; 0 when it is over.
    std::chrono::nanoseconds time_left() const {
        const auto reserve =
            std::min<std::chrono::nanoseconds>(kLongestReserve, migration_.longest / 10);
        return std::max<std::chrono::nanoseconds>(std::chrono::nanoseconds(0),
                                                  ends_ - steady_clock::now() - reserve);
    }

    void let_go() {
        try {
            release(job_.terms(), splits_);
        } catch (const Error& error) {
            job_.progress.warning(
                fmt::format("{} could not be released: {}; nginx does it at the deadline",
                            joined_names(splits_), error.what()));
        }
    }

    counters::HoldSums counted() const {
        counters::HoldSums all;
        for (const std::string& split : splits_) {
            const counters::HoldSums sums = hold_sums_of(job_.nginx, split);
            all.held += sums.held;
            all.refused += sums.refused;
            all.passed += sums.passed;
        }
        return all;
    }

    void count() {
        const counters::HoldSums now = counted();
        outcome_.requests = now.held - before_.held;
        outcome_.refused = now.refused - before_.refused;
        outcome_.passed = now.passed - before_.passed;
        if (outcome_.refused > 0) {
            job_.progress.warning(fmt::format(
                "{} requests got 503: more waited than teal_hold_limit allows", outcome_.refused));
        }
        if (outcome_.passed > 0) {
            job_.progress.warning(fmt::format(
                "{} requests went past the hold while the migration ran: nginx's error "
                "log names the split, where proxy_pass has variables it needs teal_hold",
                outcome_.passed));
        }
    }

    DeploymentJob& job_;
    const Target& target_;
    const std::vector<SplitEndpoints>& endpoints_;
    const HeldMigration& migration_;
    const std::vector<std::string> splits_;
    Interruption interruption_;
    steady_clock::time_point began_;
    steady_clock::time_point ends_;
    counters::HoldSums before_;
    HeldOutcome outcome_;
};

}  // namespace

HeldOutcome switch_held(DeploymentJob& job, const Target& target,
                        const std::vector<SplitEndpoints>& endpoints,
                        const HeldMigration& migration) {
    return HeldSwitch(job, target, endpoints, migration).run();
}

std::string held_text(const HeldOutcome& outcome) {
    return fmt::format("held for {:.2f} s, {} request{} waited; the migration took {:.2f} s",
                       outcome.held_s, outcome.requests, outcome.requests == 1 ? "" : "s",
                       outcome.migration_s);
}

}  // namespace teal::cli
