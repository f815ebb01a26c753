#include "cli/rolling/run_record.hpp"

#include "cli/error.hpp"
#include "cli/files/durable_file.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kRunLayout = 1;
constexpr const char* kStepStates[] = {"not begun", "under way", "done", "up to date", "failed"};
constexpr const char* kRunStates[] = {"running", "stopped", "done"};

template <typename State, std::size_t N>
State state_named(const char* const (&names)[N], const std::string& name) {
    const auto found = std::find(std::begin(names), std::end(names), name);
    if (found == std::end(names)) {
        throw std::invalid_argument("state \"" + name + "\"");
    }
    return static_cast<State>(found - std::begin(names));
}

Json step_json(const StepRecord& step) {
    return {{"service", step.service},
            {"phase", step.phase},
            {"means", step.means},
            {"state", name_of(step.state)},
            {"problem", step.problem},
            {"restored", step.restored},
            {"seconds", step.seconds},
            {"downtime_s", step.downtime_s},
            {"longest_hold_s", step.longest_hold_s},
            {"held", step.held},
            {"left_in_flight", step.left_in_flight}};
}

StepRecord step_in(const Json& json) {
    StepRecord step;
    step.service = json.at("service");
    step.phase = json.at("phase");
    step.means = json.at("means");
    step.state = state_named<StepState>(kStepStates, json.at("state"));
    step.problem = json.at("problem");
    step.restored = json.at("restored");
    step.seconds = json.at("seconds");
    step.downtime_s = json.at("downtime_s");
    step.longest_hold_s = json.at("longest_hold_s");
    step.held = json.at("held");
    step.left_in_flight = json.at("left_in_flight");
    return step;
}

RunRecord record_in(const Json& json) {
    if (json.at("layout").get<int>() != kRunLayout) {
        throw std::invalid_argument("layout " + json.at("layout").dump() + " is another version's");
    }
    RunRecord record;
    record.snapshot = json.at("snapshot");
    record.from = json.at("from");
    record.before = json.at("before");
    record.back_to = json.at("back_to");
    record.color = parse_color(json.at("color"));
    record.state = state_named<RunState>(kRunStates, json.at("state"));
    record.problem = json.at("problem");
    record.asked = json.at("asked").get<std::vector<std::string>>();
    record.started_unix_ns = json.at("started_unix_ns");
    record.ended_unix_ns = json.at("ended_unix_ns");
    record.held = json.at("held").get<std::vector<std::string>>();
    for (const Json& step : json.at("steps")) {
        record.steps.push_back(step_in(step));
    }
    for (const Json& lent : json.at("borrowed")) {
        record.borrowed.push_back(
            {lent.at("split"), lent.at("endpoints").get<std::vector<std::string>>()});
    }
    return record;
}

}  // namespace

const char* name_of(StepState state) {
    return kStepStates[static_cast<unsigned>(state)];
}

const StepRecord* RunRecord::working() const {
    for (const StepRecord& step : steps) {
        if (step.state == StepState::working) {
            return &step;
        }
    }
    return nullptr;
}

std::size_t RunRecord::count(StepState wanted) const {
    return static_cast<std::size_t>(
        std::count_if(steps.begin(), steps.end(),
                      [wanted](const StepRecord& step) { return step.state == wanted; }));
}

std::string to_text(const RunRecord& record) {
    Json json{{"layout", kRunLayout},
              {"snapshot", record.snapshot},
              {"from", record.from},
              {"before", record.before},
              {"back_to", record.back_to},
              {"color", name_of(record.color)},
              {"state", kRunStates[static_cast<unsigned>(record.state)]},
              {"problem", record.problem},
              {"asked", record.asked},
              {"started_unix_ns", record.started_unix_ns},
              {"ended_unix_ns", record.ended_unix_ns},
              {"steps", Json::array()},
              {"borrowed", Json::array()},
              {"held", record.held}};
    for (const StepRecord& step : record.steps) {
        json["steps"].push_back(step_json(step));
    }
    for (const Borrowed& lent : record.borrowed) {
        json["borrowed"].push_back({{"split", lent.split}, {"endpoints", lent.endpoints}});
    }
    return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

RunRecord parse_run_record(const std::filesystem::path& file, const std::string& text) {
    try {
        return record_in(Json::parse(text));
    } catch (const std::exception& error) {
        throw failure(file.string() + " is damaged: " + error.what(),
                      "remove it; then teal upgrade rolling compares what runs with the project "
                      "and goes on from there");
    }
}

std::optional<RunRecord> RunRecords::read() const {
    const std::optional<std::string> text = read_if_exists(file_);
    return text ? std::optional(parse_run_record(file_, *text)) : std::nullopt;
}

std::optional<RunRecord> RunRecords::unfinished() const {
    std::optional<RunRecord> record = read();
    return record && record->state != RunState::done ? record : std::nullopt;
}

void RunRecords::write(const RunRecord& record) const {
    write_durably(file_, to_text(record));
}

std::string summary_of(const RunRecord& record, bool alive) {
    std::string text;
    if (record.state == RunState::stopped) {
        text = "stopped: " + record.problem;
    } else if (const StepRecord* step = record.working()) {
        text = (alive ? "at " : "interrupted at ") + step->service;
    } else {
        text = alive ? "under way" : "interrupted between two services";
    }
    std::string counts;
    for (const StepState state :
         {StepState::done, StepState::up_to_date, StepState::failed, StepState::waiting}) {
        if (const std::size_t count = record.count(state); count > 0) {
            counts += fmt::format("{}{} {}", counts.empty() ? "" : ", ", count, name_of(state));
        }
    }
    return text + (counts.empty() ? "" : " (" + counts + ")");
}

}  // namespace teal::cli
