#include "cli/output/proposal_output.hpp"

#include "cli/output/init_output.hpp"
#include "cli/output/screen.hpp"
#include "cli/output/text_table.hpp"
#include "cli/suggestion.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

using Json = nlohmann::ordered_json;

bool is_compose(const ProjectStart& start) {
    return start.proposal.kind == StackKind::compose;
}

std::string services_text(const ProjectProposal& proposal) {
    TextTable rows("llll");
    rows.add({"SERVICE", "RUNS", "REQUESTS", "BECAUSE"});
    for (const ServiceProposal& service : proposal.services) {
        rows.add({service.name, service.shared ? "once, shared" : "blue and green",
                  service.entry ? "split " + service.split : "none", service.reason});
    }
    return rows.text("  ");
}

std::string labels_text(const ProjectProposal& proposal) {
    std::string text = "services:\n";
    for (const ServiceProposal& service : proposal.services) {
        if (service.additions.empty()) {
            continue;
        }
        text += "  " + service.name + ":\n    labels:\n";
        for (const auto& [label, value] : service.additions) {
            text += fmt::format("      {}: {}\n", label, value);
        }
    }
    return text;
}

std::string keys_text(const ProjectProposal& proposal) {
    std::string text;
    for (const ServiceProposal& service : proposal.services) {
        if (!service.additions.empty()) {
            text += "[services." + service.name + "]\n";
        }
        for (const auto& [key, value] : service.additions) {
            text += fmt::format("{} = {}\n", key, value);
        }
    }
    return text;
}

// What the user, or this command, adds to the project's files.
std::string words_text(const ProjectStart& start) {
    if (is_compose(start)) {
        return start.proposal.is_complete()
                   ? "\nThe compose file has all the labels it needs.\n"
                   : "\nAdd these labels to the compose file, which is left as it is:\n\n" +
                         labels_text(start.proposal);
    }
    if (!start.toml_text.empty()) {
        return fmt::format("\n{} {}:\n\n{}", start.toml_file,
                           start.toml_written ? "was written" : "would be written",
                           start.toml_text);
    }
    return start.proposal.is_complete()
               ? "\n" + start.toml_file + " says all that is needed.\n"
               : "\nAdd to " + start.toml_file + ", which is left as it is:\n\n" +
                     keys_text(start.proposal);
}

std::string next_text(const ProjectStart& start) {
    const bool labels = is_compose(start) && !start.proposal.is_complete();
    std::string text = labels ? "\nNext, with the labels added and nginx reloaded:\n"
                              : "\nNext, with nginx reloaded:\n";
    return text +
           "  teal doctor              # whether all is in place\n"
           "  teal upgrade plan        # what a deployment would do\n"
           "  teal upgrade perform     # the first deployment\n";
}

std::string traffic_text(const ProjectStart& start) {
    if (!start.outcome) {
        return "\n" + coloured("the table was not made: ", Colour::yellow) + start.table_problem +
               "\n  next: " + start.table_remedy + "\n";
    }
    std::string text = "\n" + made_text(start.plan, *start.outcome);
    if (!start.outcome->splits.empty()) {
        text += "\nnginx.conf needs:\n\n" + nginx_lines(start.plan.paths, start.outcome->splits);
    }
    return text;
}

Json service_json(const ServiceProposal& service) {
    Json additions = Json::object();
    for (const auto& [key, value] : service.additions) {
        additions[key] = Json::parse(value);
    }
    return {{"name", service.name},
            {"shared", service.shared},
            {"entry", service.entry},
            {"reason", service.reason},
            {"port", service.port == 0 ? Json() : Json(service.port)},
            {"split", service.entry ? Json(service.split) : Json()},
            {"health", service.entry ? Json(service.health) : Json()},
            {"add", additions}};
}

}  // namespace

std::string project_start_text(const ProjectStart& start) {
    const ProjectProposal& proposal = start.proposal;
    std::string text = fmt::format("project {} ({})\n\n", proposal.project, listed(proposal.files));
    text += services_text(proposal);
    for (const std::string& remark : proposal.remarks) {
        text += "\n" + coloured(remark, Colour::yellow) + "\n";
    }
    text += words_text(start);
    text += traffic_text(start);
    if (start.name_table) {
        text += fmt::format(
            "\nSo that every command finds this table, write into {}:\n"
            "  [nginx]\n  table = \"{}\"\n",
            start.toml_file, start.plan.paths.table);
    }
    if (start.suggest_ignoring) {
        text +=
            "\nDeployments are kept in .teal/, with copies of .env. Keep them out of commits:\n"
            "  echo .teal/ >> .gitignore\n";
    }
    text += next_text(start);
    return start.plan.dry_run ? text + "dry run: nothing was made\n" : text;
}

Json project_start_json(const ProjectStart& start) {
    const ProjectProposal& proposal = start.proposal;
    Json json{{"dry_run", start.plan.dry_run},
              {"project", proposal.project},
              {"kind", is_compose(start) ? "compose" : "procfile"},
              {"files", proposal.files},
              {"services", Json::array()},
              {"remarks", proposal.remarks},
              {"teal_toml", Json()},
              {"table", Json()},
              {"table_problem", start.outcome ? Json() : Json(start.table_problem)},
              {"table_next_step", start.outcome ? Json() : Json(start.table_remedy)},
              {"gitignore", start.suggest_ignoring ? Json(".teal/") : Json()},
              {"next", {"teal doctor", "teal upgrade plan", "teal upgrade perform"}}};
    for (const ServiceProposal& service : proposal.services) {
        json["services"].push_back(service_json(service));
    }
    if (!start.toml_text.empty()) {
        json["teal_toml"] = {
            {"file", start.toml_file}, {"text", start.toml_text}, {"written", start.toml_written}};
    }
    if (start.outcome) {
        const InitOutcome& outcome = *start.outcome;
        json["table"] = start.plan.paths.table;
        json["table_created"] = outcome.table_created;
        json["generation"] = outcome.generation;
        json["splits"] = Json::object();
        for (const SplitOutcome& split : outcome.splits) {
            json["splits"][split.split.name] = {{"created", split.created},
                                                {"variants_added", split.variants_added}};
        }
        json["nginx_conf"] = nginx_lines(start.plan.paths, outcome.splits);
    }
    return json;
}

}  // namespace teal::cli
