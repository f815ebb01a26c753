#include "cli/output/hold_output.hpp"

#include "cli/output/change_output.hpp"
#include "cli/output/quantities.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string request_count(std::uint64_t count) {
    return count == 1 ? "1 request" : fmt::format("{} requests", count);
}

std::string drained_line(const HoldReport& report) {
    if (!report.in_flight) {
        return "";
    }
    return *report.in_flight == 0
               ? fmt::format("drained after {:.1f} ms: nothing of it is with a backend\n",
                             report.drained_after_ms)
               : fmt::format("not drained: {} still in flight\n", request_count(*report.in_flight));
}

}  // namespace

std::string pause_text(const HoldReport& report) {
    std::string text;
    for (const HeldSplit& split : report.result.splits) {
        text += fmt::format("{}: {} {} until {} ({} from now)\n", split.split,
                            report.dry_run ? "would be held" : "held",
                            split.was_held ? "as before, but now" : "from now on,",
                            clock_text(split.until_unix_ns),
                            time_left_text(split.until_unix_ns, now_unix_ns()));
    }
    if (report.dry_run) {
        return text + "dry run: nothing was published\n";
    }
    return text + change_text(report.result.change) + "\n" + drained_line(report);
}

Json pause_json(const HoldReport& report) {
    Json json = change_json(report.result.change, report.dry_run);
    Json splits = Json::object();
    for (const HeldSplit& split : report.result.splits) {
        splits[split.split] = {{"held", !report.dry_run},
                               {"was_held", split.was_held},
                               {"until_unix_ns", split.until_unix_ns}};
    }
    json["splits"] = std::move(splits);
    json["in_flight"] = report.in_flight ? Json(*report.in_flight) : Json();
    json["drained_after_ms"] =
        report.in_flight && *report.in_flight == 0 ? Json(report.drained_after_ms) : Json();
    return json;
}

std::string resume_text(const HoldReport& report) {
    std::string text;
    for (const HeldSplit& split : report.result.splits) {
        if (split.was_held) {
            text += fmt::format("{}: {}\n", split.split,
                                report.dry_run ? "would be released" : "released");
        }
    }
    if (report.dry_run) {
        return text + "dry run: nothing was published\n";
    }
    return text + fmt::format("{} waited · {}\n", request_count(report.waiting),
                              change_text(report.result.change));
}

Json resume_json(const HoldReport& report) {
    Json json = change_json(report.result.change, report.dry_run);
    Json splits = Json::object();
    for (const HeldSplit& split : report.result.splits) {
        splits[split.split] = {{"held", report.dry_run && split.was_held},
                               {"was_held", split.was_held}};
    }
    json["splits"] = std::move(splits);
    json["waiting"] = report.waiting;
    return json;
}

}  // namespace teal::cli
