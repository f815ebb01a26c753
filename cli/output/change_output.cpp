#include "cli/output/change_output.hpp"

#include "cli/output/screen.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace teal::cli {

using Json = nlohmann::ordered_json;

std::string change_text(const Change& change) {
    std::string text = fmt::format("generation {}", change.generation);
    if (!change.published) {
        text += " (nothing published)";
    }
    if (!change.proof_wanted) {
        text += " · takes effect when nginx uses the table";
    } else {
        text += fmt::format(" · applied by {} of {} workers", change.applied.on_it(),
                            change.applied.workers);
        if (change.published && change.applied.proven()) {
            text += fmt::format(" in {:.2f} ms", change.applied_after_ms());
        }
    }
    if (!change.save_warning.empty()) {
        warn("published, but not saved for the next reboot: " + change.save_warning);
    }
    return text;
}

Json change_json(const Change& change, bool dry_run) {
    Json json;
    json["dry_run"] = dry_run;
    json["generation"] = change.generation;
    json["published"] = change.published;
    json["published_unix_ns"] = change.published ? Json(change.published_unix_ns) : Json();
    json["published_monotonic_ns"] =
        change.published ? Json(change.published_monotonic_ns) : Json();
    json["applied"] = change.is_applied();
    json["applied_unix_ns"] = change.is_applied() ? Json(change.applied.last_unix_ns) : Json();
    json["proven_monotonic_ns"] =
        change.is_applied() ? Json(change.applied.seen_monotonic_ns) : Json();
    json["workers"] = change.applied.workers;
    json["pids_behind"] = Json::array();
    for (const Worker& worker : change.applied.behind) {
        json["pids_behind"].push_back(worker.pid);
    }
    json["save_warning"] = change.save_warning.empty() ? Json() : Json(change.save_warning);
    return json;
}

std::string carried_trips_text(const std::vector<CarriedTrip>& carried) {
    std::string text;
    for (const CarriedTrip& trip : carried) {
        text += fmt::format(
            "{}: the guard had tripped; {} is closed now and its traffic stays on "
            "{}\n",
            trip.split, trip.canary, trip.taker);
    }
    return text;
}

Json carried_trips_json(const std::vector<CarriedTrip>& carried) {
    Json json = Json::array();
    for (const CarriedTrip& trip : carried) {
        json.push_back({{"split", trip.split}, {"closed", trip.canary}, {"taker", trip.taker}});
    }
    return json;
}

}  // namespace teal::cli
