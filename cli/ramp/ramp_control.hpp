// Changing a ramp: read, changed, written and published while its directory is locked, so that a
// command and the driver follow each other.
//
// The file is written before the table: killed between the two, whoever comes next publishes what
// the file says.
#pragma once

#include "cli/ramp/machine.hpp"
#include "cli/ramp/ramp_event.hpp"
#include "cli/ramp/ramp_file.hpp"
#include "cli/traffic/applied.hpp"
#include "cli/traffic/nginx_view.hpp"

#include <functional>
#include <string>

namespace teal::cli {

// Who listens to a ramp. Each of them may be empty.
struct RampListeners {
    OnRampEvent on_event{};
    // Writes an end into the history of the ramp's project. Throws Error.
    std::function<void(const Ramp&)> record{};
    std::function<void(const std::string&)> on_problem{};
};

class RampControl {
public:
    // `holder`: the command, for whoever waits for the table.
    RampControl(TablePaths paths, std::string holder, RampListeners listeners)
        : store_(paths),
          paths_(std::move(paths)),
          holder_(std::move(holder)),
          listeners_(std::move(listeners)),
          nginx_(paths_.counters) {}

    using Edit = std::function<void(Ramp&, const Sight&)>;

    const RampStore& store() const { return store_; }
    NginxView& nginx() { return nginx_; }
    Sight look(const Ramp& ramp);

    // A new ramp begins. Throws Error (wrong input) when its splits have one that is under way.
    Ramp begin(Ramp ramp);
    // Throws Error; what `edit` throws leaves everything as it was.
    Ramp change(const std::string& name, const Edit& edit);
    // Tells and records what has not been. REQUIRES: the driver's lock is held.
    Ramp tell_and_record(const std::string& name);
    // The same when nobody drives the ramp; a driver does it itself.
    void tell_and_record_if_free(const std::string& name);
    // Waits until every live worker goes by the ramp's last publication.
    Applied wait_until_in_use(const Ramp& ramp, std::chrono::milliseconds patience);

private:
    Ramp load(const std::string& name) const;
    void save_and_publish(Ramp& ramp, const std::string& text_before);
    void problem(const std::string& text) const;

    RampStore store_;
    TablePaths paths_;
    std::string holder_;
    RampListeners listeners_;
    NginxView nginx_;
};

}  // namespace teal::cli
