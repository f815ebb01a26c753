#include "cli/commands/ramp_patrol.hpp"

#include "cli/commands/canary_options.hpp"
#include "cli/output/screen.hpp"
#include "cli/ramp/canary_probe.hpp"
#include "cli/ramp/ramp_driver.hpp"

#include <csignal>
#include <exception>

namespace teal::cli {
namespace {

constexpr char kRampPatrolHolder[] = "teal agent";

void tell_problem(const std::string& text) {
    warn("canary: " + text);
}

RampPatrol::Objection absence_in(const Settings& settings) {
    return [paths = table_paths(settings.table, settings.counters)](const Ramp& ramp) {
        return why_canary_is_absent(paths, ramp);
    };
}

}  // namespace

BackgroundRampPatrol::BackgroundRampPatrol(const Settings& settings, bool json) {
    // Signals are for the thread that sleeps until one comes.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    thread_ = std::thread([this, settings, json] { run(settings, json); });
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

BackgroundRampPatrol::~BackgroundRampPatrol() {
    {
        const std::lock_guard guard(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    thread_.join();
}

void BackgroundRampPatrol::run(const Settings& settings, bool json) {
    RampControl control(table_paths(settings.table, settings.counters), kRampPatrolHolder,
                        ramp_listeners(settings, events_shown(json)));
    RampPatrol patrol(control, kRampPatrolHolder, absence_in(settings));
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        lock.unlock();
        try {
            patrol.look(tell_problem);
        } catch (const std::exception& error) {  // out of memory, say: a thread must not end so
            tell_problem(error.what());
        }
        lock.lock();
        wake_.wait_for(lock, std::chrono::duration<double>(kLookEvery_s),
                       [this] { return stopping_; });
    }
}

void patrol_ramps_once(const Settings& settings, bool json) {
    RampControl control(table_paths(settings.table, settings.counters), kRampPatrolHolder,
                        ramp_listeners(settings, events_shown(json)));
    RampPatrol(control, kRampPatrolHolder, absence_in(settings)).look(tell_problem);
}

}  // namespace teal::cli
