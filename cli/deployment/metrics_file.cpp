#include "cli/deployment/metrics_file.hpp"

#include "cli/error.hpp"
#include "cli/files/durable_file.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <initializer_list>
#include <set>

namespace teal::cli {
namespace {

const char* const kDeployed[] = {"switched", "deployed",      "promoted",
                                 "failed",   "switched back", "tripped",
                                 "aborted",  "inconclusive",  "interrupted"};
const char* const kRolled[] = {"rolled", "unchanged", "failed", "interrupted"};
const char* const kReturned[] = {"switched", "rolled", "failed", "interrupted"};
const char* const kVerdicts[] = {"promoted", "tripped", "aborted", "inconclusive"};

// In Prometheus' manner: no spaces in a label's value that people type into queries.
std::string label_of(std::string word) {
    std::replace(word.begin(), word.end(), ' ', '_');
    return word;
}

std::string escaped(const std::string& value) {
    std::string text;
    for (const char c : value) {
        text += c == '\\' ? "\\\\" : c == '"' ? "\\\"" : c == '\n' ? "\\n" : std::string(1, c);
    }
    return text;
}

class Exposition {
public:
    explicit Exposition(const std::string& project)
        : project_(fmt::format("project=\"{}\"", escaped(project))) {}

    Exposition& family(const std::string& name, const char* type, const char* help) {
        name_ = name;
        text_ += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
        return *this;
    }
    Exposition& sample(double value, const std::string& labels = "", const char* suffix = "") {
        text_ += fmt::format("{}{}{{{}{}{}}} {}\n", name_, suffix, project_,
                             labels.empty() ? "" : ",", labels, value);
        return *this;
    }
    Exposition& count(std::uint64_t value, const std::string& labels, const char* suffix = "") {
        text_ += fmt::format("{}{}{{{},{}}} {}\n", name_, suffix, project_, labels, value);
        return *this;
    }
    Exposition& duration(const DurationTotal& total, const std::string& labels) {
        return sample(total.sum_s, labels, "_sum").count(total.count, labels, "_count");
    }
    std::string text() const { return text_; }

private:
    std::string project_;
    std::string name_;
    std::string text_;
};

std::uint64_t total_of(const DeploymentTotals& totals, const std::string& operation,
                       const std::string& outcome) {
    const auto of_operation = totals.outcomes.find(operation);
    if (of_operation == totals.outcomes.end()) {
        return 0;
    }
    const auto found = of_operation->second.find(outcome);
    return found == of_operation->second.end() ? 0 : found->second;
}

void add_deployments(Exposition& out, const DeploymentTotals& totals) {
    out.family("teal_deployments_total", "counter", "Deployments that ended, by how they ended.");
    for (const std::string operation : {"perform", "switch", "rolling"}) {
        std::set<std::string> outcomes(std::begin(kDeployed), std::end(kDeployed));
        if (operation == "rolling") {
            outcomes = {std::begin(kRolled), std::end(kRolled)};
        }
        if (const auto found = totals.outcomes.find(operation); found != totals.outcomes.end()) {
            for (const auto& [outcome, count] : found->second) {
                outcomes.insert(outcome);
            }
        }
        for (const std::string& outcome : outcomes) {
            out.count(total_of(totals, operation, outcome),
                      fmt::format("operation=\"{}\",outcome=\"{}\"", operation,
                                  escaped(label_of(outcome))));
        }
    }
    out.family("teal_rollbacks_total", "counter", "Rollbacks that ended, by how they ended.");
    for (const std::string outcome : kReturned) {
        out.count(total_of(totals, "rollback", outcome), fmt::format("outcome=\"{}\"", outcome));
    }
    out.family("teal_canaries_total", "counter", "Canaries that ended, by their verdict.");
    for (const std::string verdict : kVerdicts) {
        out.count(total_of(totals, "perform", verdict) + total_of(totals, "canary", verdict),
                  fmt::format("verdict=\"{}\"", verdict));
    }
}

void add_durations(Exposition& out, const DeploymentTotals& totals) {
    out.family("teal_operation_duration_seconds", "summary",
               "Time that deployments, rollbacks and canaries took.");
    for (const auto& [operation, total] : totals.operations) {
        out.duration(total, fmt::format("operation=\"{}\"", escaped(label_of(operation))));
    }
    out.family("teal_deployment_phase_duration_seconds", "summary",
               "Time that the phases of deployments took.");
    for (const auto& [phase, total] : totals.phases) {
        out.duration(total, fmt::format("phase=\"{}\"", escaped(label_of(phase))));
    }
    out.family("teal_deployment_last_phase_duration_seconds", "gauge",
               "Time that the phase took when it was gone through last.");
    for (const auto& [phase, total] : totals.phases) {
        out.sample(total.last_s, fmt::format("phase=\"{}\"", escaped(label_of(phase))));
    }
}

void add_last(Exposition& out, const DeploymentTotals& totals) {
    if (totals.last_unix_ns == 0) {
        return;
    }
    out.family("teal_last_deployment_timestamp_seconds", "gauge",
               "When the last deployment ended, in unix time.")
        .sample(static_cast<double>(totals.last_unix_ns / 1'000'000) / 1e3);
    out.family("teal_last_deployment_success", "gauge",
               "1 when the last deployment came to what was wanted, 0 when it did not.")
        .sample(is_failed_outcome(totals.last_outcome) ? 0 : 1);
}

}  // namespace

std::string metrics_text(const DeploymentTotals& totals, const std::string& project) {
    Exposition out(project);
    add_deployments(out, totals);
    add_durations(out, totals);
    add_last(out, totals);
    return out.text();
}

std::string write_metrics_file(const Settings& settings) {
    if (settings.metrics_file.empty()) {
        return "";
    }
    try {
        const std::string project = settings.project_name.empty()
                                        ? settings.directory.filename().string()
                                        : settings.project_name;
        // Readable for the collector, which is another user.
        write_atomically(settings.metrics_file,
                         metrics_text(read_totals(settings.deployment_directory), project), 0644);
    } catch (const Error& error) {
        return std::string("deployment metrics are not written: ") + error.what();
    }
    return "";
}

}  // namespace teal::cli
