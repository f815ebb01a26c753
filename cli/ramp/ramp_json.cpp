#include "cli/error.hpp"
#include "cli/ramp/ramp_file.hpp"

#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kRampVersion = 1;
constexpr RampPhase kLastPhase = RampPhase::inconclusive;
constexpr RampEventKind kLastKind = RampEventKind::inconclusive;

// An enumerator by its text.
template <typename Enum, typename Text>
Enum named(const std::string& word, Enum last, Text text) {
    for (unsigned i = 0; i <= static_cast<unsigned>(last); ++i) {
        if (word == text(static_cast<Enum>(i))) {
            return static_cast<Enum>(i);
        }
    }
    throw std::runtime_error("\"" + word + "\" is unknown");
}

Json json_of(const RampTerms& terms) {
    return {{"steps_ppm", terms.steps},
            {"approvals_ppm", terms.approvals},
            {"four_eyes", terms.four_eyes},
            {"hold_ns", terms.hold_ns},
            {"patience_ns", terms.patience_ns},
            {"until_evidence", terms.until_evidence},
            {"on_inconclusive", terms.on_inconclusive == OnInconclusive::hold ? "hold" : "abort"},
            {"lease_ns", terms.lease_ns},
            {"lease_holds", terms.lease_holds},
            {"alpha_e9", terms.alpha_e9},
            {"margin_e9", terms.margin_e9}};
}

RampTerms terms_of(const Json& json) {
    RampTerms terms;
    terms.steps = json.at("steps_ppm").get<std::vector<std::uint32_t>>();
    terms.approvals = json.at("approvals_ppm").get<std::vector<std::uint32_t>>();
    terms.four_eyes = json.at("four_eyes");
    terms.hold_ns = json.at("hold_ns");
    terms.patience_ns = json.at("patience_ns");
    terms.until_evidence = json.at("until_evidence");
    terms.on_inconclusive =
        json.at("on_inconclusive") == "hold" ? OnInconclusive::hold : OnInconclusive::abort;
    terms.lease_ns = json.at("lease_ns");
    terms.lease_holds = json.at("lease_holds");
    terms.alpha_e9 = json.at("alpha_e9");
    terms.margin_e9 = json.at("margin_e9");
    return terms;
}

Json json_of(const RampSplit& split) {
    return {{"split", split.split},
            {"canary", split.canary},
            {"baseline", split.baseline},
            {"weights_before_ppm", split.weights_before},
            {"objective_e9", split.objective_e9},
            {"slow_us", split.slow_us},
            {"done_before_step", split.done_before_step}};
}

RampSplit split_of(const Json& json) {
    RampSplit split;
    split.split = json.at("split");
    split.canary = json.at("canary");
    split.baseline = json.at("baseline");
    split.weights_before =
        json.at("weights_before_ppm").get<std::map<std::string, std::uint32_t>>();
    split.objective_e9 = json.at("objective_e9");
    split.slow_us = json.at("slow_us").get<std::vector<std::uint64_t>>();
    split.done_before_step = json.at("done_before_step");
    return split;
}

Json json_of(const EvidenceNote& note) {
    return {{"split", note.split},
            {"canary_done", note.canary_done},
            {"canary_bad", note.canary_bad},
            {"baseline_done", note.baseline_done},
            {"baseline_bad", note.baseline_bad},
            {"log_evidence", note.log_evidence},
            {"threshold", note.threshold},
            {"log_no_worse", note.log_no_worse}};
}

EvidenceNote note_of(const Json& json) {
    return {json.at("split"),         json.at("canary_done"),  json.at("canary_bad"),
            json.at("baseline_done"), json.at("baseline_bad"), json.at("log_evidence"),
            json.at("threshold"),     json.at("log_no_worse")};
}

Json json_of(const RampLogEntry& entry) {
    Json json{{"time_unix_ns", entry.time_unix_ns},
              {"what", kind_text(entry.kind)},
              {"text", entry.text},
              {"by", entry.by},
              {"reason", entry.reason},
              {"evidence", Json::array()}};
    for (const EvidenceNote& note : entry.evidence) {
        json["evidence"].push_back(json_of(note));
    }
    return json;
}

RampLogEntry entry_of(const Json& json) {
    RampLogEntry entry;
    entry.time_unix_ns = json.at("time_unix_ns");
    entry.kind = named(json.at("what").get<std::string>(), kLastKind, kind_text);
    entry.text = json.at("text");
    entry.by = json.at("by");
    entry.reason = json.at("reason");
    for (const Json& note : json.at("evidence")) {
        entry.evidence.push_back(note_of(note));
    }
    return entry;
}

Json json_of(const Approval& approval) {
    return {{"step_ppm", approval.step_ppm},
            {"by", approval.by},
            {"reason", approval.reason},
            {"time_unix_ns", approval.time_unix_ns}};
}

template <typename Items>
Json list_of(const Items& items) {
    Json json = Json::array();
    for (const auto& item : items) {
        json.push_back(json_of(item));
    }
    return json;
}

}  // namespace

std::string ramp_text(const Ramp& ramp) {
    return Json{{"version", kRampVersion},
                {"splits", list_of(ramp.splits)},
                {"terms", json_of(ramp.terms)},
                {"starter", ramp.starter},
                {"deployments", ramp.deployments},
                {"started_unix_ns", ramp.started_unix_ns},
                {"armed_unix_ns", ramp.armed_unix_ns},
                {"phase", phase_text(ramp.phase)},
                {"weight_ppm", ramp.weight_ppm},
                {"held_ns", ramp.held_ns},
                {"running_since_unix_ns", ramp.running_since_ns},
                {"lease_expires_unix_ns", ramp.lease_expires_unix_ns},
                {"published", ramp.published},
                {"abandoned", ramp.abandoned},
                {"recorded", ramp.recorded},
                {"told", ramp.told},
                {"generation", ramp.generation},
                {"approvals", list_of(ramp.approvals)},
                {"log", list_of(ramp.log)}}
               .dump(1, ' ', false, Json::error_handler_t::replace) +
           "\n";
}

Ramp parse_ramp(const std::string& file, const std::string& text) {
    try {
        const Json json = Json::parse(text);
        if (json.at("version") != kRampVersion) {
            throw std::runtime_error("it is of another version");
        }
        Ramp ramp;
        for (const Json& split : json.at("splits")) {
            ramp.splits.push_back(split_of(split));
        }
        ramp.terms = terms_of(json.at("terms"));
        ramp.starter = json.at("starter");
        ramp.deployments = json.at("deployments");
        ramp.started_unix_ns = json.at("started_unix_ns");
        ramp.armed_unix_ns = json.at("armed_unix_ns");
        ramp.phase = named(json.at("phase").get<std::string>(), kLastPhase,
                           [](RampPhase phase) { return phase_text(phase); });
        ramp.weight_ppm = json.at("weight_ppm");
        ramp.held_ns = json.at("held_ns");
        ramp.running_since_ns = json.at("running_since_unix_ns");
        ramp.lease_expires_unix_ns = json.at("lease_expires_unix_ns");
        ramp.published = json.at("published");
        ramp.abandoned = json.at("abandoned");
        ramp.recorded = json.at("recorded");
        ramp.told = json.at("told");
        ramp.generation = json.at("generation");
        for (const Json& approval : json.at("approvals")) {
            ramp.approvals.push_back({approval.at("step_ppm"), approval.at("by"),
                                      approval.at("reason"), approval.at("time_unix_ns")});
        }
        for (const Json& entry : json.at("log")) {
            ramp.log.push_back(entry_of(entry));
        }
        if (ramp.splits.empty() || ramp.terms.steps.empty()) {
            throw std::runtime_error("it has no split or no step");
        }
        return ramp;
    } catch (const std::exception& error) {
        throw failure(file + " is damaged: " + error.what(),
                      "move it away: the table says who has the traffic (teal traffic show)");
    }
}

}  // namespace teal::cli
