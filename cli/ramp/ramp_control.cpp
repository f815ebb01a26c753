#include "cli/ramp/ramp_control.hpp"

#include "cli/error.hpp"
#include "cli/events/event_log.hpp"
#include "cli/experiment/experiment_store.hpp"
#include "cli/ramp/ramp_table.hpp"
#include "cli/traffic/table_session.hpp"

#include <fmt/format.h>

namespace teal::cli {

Sight RampControl::look(const Ramp& ramp) {
    nginx_.follow();
    return look_at(ramp, read_table(paths_), nginx_);
}

Ramp RampControl::load(const std::string& name) const {
    std::optional<Ramp> ramp = store_.load(name);
    if (!ramp) {
        throw nothing_there(store_.file_of(name).string() + " is gone",
                            "look what has the traffic: teal traffic show");
    }
    return std::move(*ramp);
}

void RampControl::problem(const std::string& text) const {
    if (listeners_.on_problem) {
        listeners_.on_problem(text);
    }
}

void RampControl::save_and_publish(Ramp& ramp, const std::string& text_before) {
    if (ramp_text(ramp) != text_before) {
        store_.save(ramp);
    }
    if (!ramp.published) {
        publish_ramp(ramp, paths_, holder_);
        store_.save(ramp);
    }
}

Ramp RampControl::begin(Ramp ramp) {
    const DirectoryLock lock = store_.lock();
    std::vector<std::string> splits;
    for (const RampSplit& split : ramp.splits) {
        splits.push_back(split.split);
    }
    const std::optional<Ramp> other = ramp_under_way(store_, splits);
    if (other) {
        throw wrong_input(fmt::format("{} has a canary already: {}, {}", split_names(*other),
                                      other->splits.front().canary, phase_text(other->phase)),
                          "teal canary status; end it with: teal canary promote, or abort");
    }
    for (const std::string& split : splits) {
        if (const auto running = experiment_on(ExperimentStore(paths_), split)) {
            throw wrong_input(
                fmt::format("split {} has experiment {}, which a canary would disturb", split,
                            running->name),
                "end it first: teal ab stop " + running->name + " --winner VARIANT");
        }
    }
    begin_ramp(ramp, look_at(ramp, read_table(paths_), nginx_));
    save_and_publish(ramp, "");
    return ramp;
}

Ramp RampControl::change(const std::string& name, const Edit& edit) {
    const DirectoryLock lock = store_.lock();
    Ramp ramp = load(name);
    const std::string before = ramp_text(ramp);
    edit(ramp, look(ramp));
    save_and_publish(ramp, before);
    return ramp;
}

Ramp RampControl::tell_and_record(const std::string& name) {
    Ramp ramp = load(name);
    const std::uint64_t told = ramp.log.size();
    bool recorded = ramp.recorded;
    if (ramp.told == told && (recorded || !has_ended(ramp.phase))) {
        return ramp;
    }
    std::vector<Event> events;
    for (std::size_t i = ramp.told; i < told; ++i) {
        const RampEvent event = event_of(ramp, ramp.log[i]);
        events.push_back({event.time_unix_ns, kind_text(event.kind), event.splits, event.text});
        if (listeners_.on_event) {
            listeners_.on_event(event);
        }
    }
    if (const std::string text = record_events(paths_.table, events); !text.empty()) {
        problem(text);
    }
    if (has_ended(ramp.phase) && !recorded) {
        try {
            if (listeners_.record) {
                listeners_.record(ramp);
            }
        } catch (const Error& error) {
            problem(std::string("not written to the history: ") + error.what());
        }
        recorded = true;
    }
    const DirectoryLock lock = store_.lock();
    ramp = load(name);
    ramp.told = told;
    ramp.recorded = recorded && has_ended(ramp.phase);
    store_.save(ramp);
    return ramp;
}

void RampControl::tell_and_record_if_free(const std::string& name) {
    if (const auto driving = store_.try_drive(name, holder_)) {
        tell_and_record(name);
    }
}

Applied RampControl::wait_until_in_use(const Ramp& ramp, std::chrono::milliseconds patience) {
    return wait_until_applied(nginx_, ramp.generation, patience);
}

}  // namespace teal::cli
