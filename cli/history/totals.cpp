#include "cli/history/totals.hpp"

#include "cli/error.hpp"
#include "cli/files/durable_file.hpp"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

using Json = nlohmann::ordered_json;

void add(DurationTotal& total, double seconds) {
    ++total.count;
    total.sum_s += seconds;
    total.last_s = seconds;
}

Json duration_json(const DurationTotal& total) {
    return {{"count", total.count}, {"sum_s", total.sum_s}, {"last_s", total.last_s}};
}

Json durations_json(const std::map<std::string, DurationTotal>& totals) {
    Json json = Json::object();
    for (const auto& [name, total] : totals) {
        json[name] = duration_json(total);
    }
    return json;
}

std::map<std::string, DurationTotal> parse_durations(const Json& json) {
    std::map<std::string, DurationTotal> totals;
    for (const auto& [name, total] : json.items()) {
        totals[name] = {total.at("count"), total.at("sum_s"), total.at("last_s")};
    }
    return totals;
}

}  // namespace

void add_to_totals(DeploymentTotals& totals, const std::vector<HistoryEntry>& entries) {
    for (const HistoryEntry& entry : entries) {
        if (entry.number <= totals.counted) {
            continue;
        }
        totals.counted = entry.number;
        ++totals.outcomes[entry.operation][entry.outcome];
        add(totals.operations[entry.operation], entry.seconds);
        if (entry.operation != "perform" && entry.operation != "switch") {
            continue;
        }
        for (const PhaseTime& phase : entry.phases) {
            add(totals.phases[phase.phase], phase.seconds);
        }
        totals.last_unix_ns = entry.time_unix_ns;
        totals.last_outcome = entry.outcome;
    }
}

std::string totals_text(const DeploymentTotals& totals) {
    return Json{{"counted", totals.counted},
                {"outcomes", totals.outcomes},
                {"operations", durations_json(totals.operations)},
                {"phases", durations_json(totals.phases)},
                {"last_unix_ns", totals.last_unix_ns},
                {"last_outcome", totals.last_outcome}}
               .dump(1) +
           "\n";
}

DeploymentTotals parse_totals(const std::string& file, const std::string& text) {
    try {
        const Json json = Json::parse(text);
        DeploymentTotals totals;
        totals.counted = json.at("counted");
        totals.outcomes = json.at("outcomes");
        totals.operations = parse_durations(json.at("operations"));
        totals.phases = parse_durations(json.at("phases"));
        totals.last_unix_ns = json.at("last_unix_ns");
        totals.last_outcome = json.at("last_outcome");
        return totals;
    } catch (const std::exception& error) {
        throw failure(file + " is damaged: " + error.what(),
                      "move it away; the next deployment counts anew from history.json");
    }
}

std::filesystem::path totals_file(const std::filesystem::path& deployment_directory) {
    return deployment_directory / "totals.json";
}

DeploymentTotals read_totals(const std::filesystem::path& deployment_directory) {
    const std::filesystem::path file = totals_file(deployment_directory);
    const std::optional<std::string> text = read_if_exists(file);
    return text ? parse_totals(file.string(), *text) : DeploymentTotals{};
}

bool is_failed_outcome(const std::string& outcome) {
    static const char* const kFailed[] = {"failed",  "switched back", "interrupted",
                                          "tripped", "aborted",       "inconclusive"};
    return std::find(std::begin(kFailed), std::end(kFailed), outcome) != std::end(kFailed);
}

}  // namespace teal::cli
