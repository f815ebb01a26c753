// How a deployment's progress is shown: as lines, as a live block on a terminal, or as a stream of
// JSON objects, one a line.
#pragma once

#include "cli/stack/progress.hpp"

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace teal::cli {

class ProgressOutput : public Progress {
public:
    // The last phase has ended, well or not; nothing follows.
    virtual void end(bool well) = 0;
    // Before somebody is asked something: the live block must not paint over the question.
    virtual void pause() {}
};

// `json`: {"event":"phase","name":"health","elapsed_s":3.1}, events phase, phase_done, service,
// note, warning. Otherwise live on a terminal, plain lines elsewhere.
std::unique_ptr<ProgressOutput> make_progress(bool json);

// One line of the JSON stream, with "event" and "elapsed_s" before the rest.
void print_event(const std::string& event, const nlohmann::ordered_json& rest);

}  // namespace teal::cli
