#include "cli/output/migration_steps_output.hpp"

#include "cli/output/screen.hpp"
#include "cli/output/text_table.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string phase_of(const MigrationStep& step) {
    const migration::Phases& phases = step.phases;
    std::string text = phases.expand ? "expand" : "";
    text += phases.migrate ? (text.empty() ? "migrate" : " + migrate") : "";
    text += phases.contract ? (text.empty() ? "contract" : " + contract") : "";
    if (step.marked_contract) {
        return "contract";
    }
    return text.empty() ? "nothing" : text;
}

// The phase that takes something away decides: it must wait longest.
const char* deployment_of(const MigrationStep& step) {
    return step.phases.contract ? "the next deployment, when no older version runs"
           : step.phases.migrate && !step.phases.expand
               ? "this deployment, in batches, before or after the switch"
               : "this deployment, before the new version starts";
}

std::string verdict_of(const MigrationStep& step) {
    if (step.safe()) {
        return coloured("safe", Colour::green);
    }
    std::string text;
    if (step.errors > 0) {
        text = fmt::format("{} error{}", step.errors, step.errors == 1 ? "" : "s");
    }
    if (step.unknown > 0) {
        text += fmt::format("{}{} unknown", text.empty() ? "" : ", ", step.unknown);
    }
    return coloured(text, Colour::red);
}

}  // namespace

std::string migration_steps_text(const MigrationCheck& check) {
    TextTable rows("llll");
    rows.add({"NEW", "PHASE", "MAY RUN IN", "LINT"});
    bool any = false;
    for (const MigrationStep& step : check.steps) {
        if (!step.deployed) {
            any = true;
            rows.add({step.name, phase_of(step), deployment_of(step), verdict_of(step)});
        }
    }
    return any ? rows.text("  ") : "";
}

Json migration_steps_json(const MigrationCheck& check) {
    Json json = Json::array();
    for (const MigrationStep& step : check.steps) {
        if (!step.deployed) {
            json.push_back({{"file", step.name},
                            {"phase", phase_of(step)},
                            {"contract", step.marked_contract},
                            {"may_run_in", deployment_of(step)},
                            {"errors", step.errors},
                            {"unknown", step.unknown},
                            {"safe", step.safe()}});
        }
    }
    return json;
}

}  // namespace teal::cli
