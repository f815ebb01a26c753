#include "cli/output/ramp_output.hpp"

#include "cli/output/quantities.hpp"
#include "cli/output/screen.hpp"
#include "cli/output/text_table.hpp"
#include "cli/traffic/percent.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kBarCells = 20;
constexpr std::size_t kLastEvents = 5;
constexpr double kSecond = 1e9;

double seconds(std::uint64_t ns) {
    return static_cast<double>(ns) / kSecond;
}

std::string bar(double value, double threshold) {
    const double part = threshold > 0 ? std::clamp(value / threshold, 0.0, 1.0) : 0.0;
    const auto full = static_cast<std::size_t>(std::lround(part * kBarCells));
    std::string text;
    for (std::size_t i = 0; i < kBarCells; ++i) {
        text += i < full ? "█" : "░";
    }
    return text;
}

Colour colour_of(RampPhase phase) {
    return phase == RampPhase::promoted  ? Colour::green
           : phase == RampPhase::tripped ? Colour::red
           : phase == RampPhase::running ? Colour::bold
                                         : Colour::yellow;
}

std::string steps_text(const Ramp& ramp) {
    std::string text;
    for (const std::uint32_t step : ramp.terms.steps) {
        const bool reached = step <= ramp.weight_ppm;
        text += (text.empty() ? "" : " · ");
        text += reached ? coloured(percent_text(step), Colour::green) : percent_text(step);
        text += ramp.is_approved(step) ? "" : " (needs approval)";
    }
    return text;
}

std::string step_line(const RampPicture& picture) {
    const Ramp& ramp = picture.ramp;
    std::string text =
        fmt::format("  {} has {}", ramp.splits.front().canary, percent_text(ramp.weight_ppm));
    if (has_ended(ramp.phase)) {
        return text + "\n";
    }
    text += fmt::format(" · {:.1f} s in this step", seconds(picture.held_ns));
    if (picture.left_ns && ramp.terms.hold_ns > 0) {
        text += fmt::format(", {:.1f} s left", seconds(*picture.left_ns));
    }
    return text + "\n";
}

std::vector<std::string> arm_row(const char* role, const ArmPicture& arm) {
    const bool any = arm.attempts > 0;
    const double share =
        any ? static_cast<double>(arm.failures) / static_cast<double>(arm.attempts) : 0;
    return {role,
            arm.variant,
            percent_text(arm.weight_ppm),
            std::to_string(arm.attempts),
            std::to_string(arm.failures),
            any ? fmt::format("{:.3f} %", share * 100) : "-",
            any ? fmt::format("{:.3f} to {:.3f} %", arm.interval.low * 100, arm.interval.high * 100)
                : "-"};
}

std::string split_text(const RampSplitPicture& split) {
    std::string text = "\n  " + coloured(split.split, Colour::bold) + "\n";
    TextTable rows("llrrrrr");
    rows.add({"", "VARIANT", "WEIGHT", "ATTEMPTS", "FAILED", "SHARE", "95 %"});
    rows.add(arm_row("canary", split.canary));
    rows.add(arm_row("baseline", split.baseline));
    text += rows.text("    ");
    if (split.threshold <= 0) {
        return text + "    the guard has not looked yet\n";
    }
    text +=
        fmt::format("    against it   {} ln E {:.2f} of {:.2f}{}\n",
                    bar(split.log_evidence, split.threshold), std::max(split.log_evidence, -99.0),
                    split.threshold, split.tripped ? coloured("  tripped", Colour::red) : "");
    return text + fmt::format("    no worse     {} ln E {:.2f} of {:.2f}\n",
                              bar(split.log_no_worse, split.promotion_threshold),
                              std::max(split.log_no_worse, -99.0), split.promotion_threshold);
}

std::string log_text(const Ramp& ramp) {
    std::string text = "\n";
    const std::size_t from = ramp.log.size() > kLastEvents ? ramp.log.size() - kLastEvents : 0;
    for (std::size_t i = from; i < ramp.log.size(); ++i) {
        text += "  " + event_line(event_of(ramp, ramp.log[i])) + "\n";
    }
    return text;
}

Json arm_json(const ArmPicture& arm) {
    const bool any = arm.attempts > 0;
    return {{"variant", arm.variant},
            {"weight_percent", percent_number(arm.weight_ppm)},
            {"attempts", arm.attempts},
            {"failures", arm.failures},
            {"failure_share",
             any ? Json(static_cast<double>(arm.failures) / static_cast<double>(arm.attempts))
                 : Json()},
            {"failure_share_low", arm.interval.low},
            {"failure_share_high", arm.interval.high}};
}

Json split_json(const RampSplitPicture& split) {
    return {{"split", split.split},
            {"canary", arm_json(split.canary)},
            {"baseline", arm_json(split.baseline)},
            {"guard_looked", split.evaluated},
            {"tripped", split.tripped},
            {"log_evidence", split.log_evidence},
            {"threshold", split.threshold},
            {"log_no_worse", split.log_no_worse},
            {"promotion_threshold", split.promotion_threshold}};
}

Json text_or_null(const std::string& text) {
    return text.empty() ? Json() : Json(text);
}

}  // namespace

std::string ramp_status_text(const RampPicture& picture) {
    const Ramp& ramp = picture.ramp;
    std::string text =
        fmt::format("{} of {}: {} · started {} by {}\n", ramp.splits.front().canary,
                    split_names(ramp), coloured(phase_text(ramp.phase), colour_of(ramp.phase)),
                    age_text(ramp.started_unix_ns), ramp.starter);
    text += "  steps " + steps_text(ramp) + "\n" + step_line(picture);
    if (!picture.waits.empty()) {
        text += "  " + coloured(picture.waits, Colour::yellow) + "\n";
    }
    if (!picture.command.empty()) {
        text += "  next: " + picture.command + "\n";
    }
    for (const RampSplitPicture& split : picture.splits) {
        text += split_text(split);
    }
    text += log_text(ramp);
    if (!has_ended(ramp.phase)) {
        text += "  driven by " + (picture.driver.empty() ? "nobody" : picture.driver) + "\n";
    }
    return text;
}

Json ramp_status_json(const RampPicture& picture) {
    const Ramp& ramp = picture.ramp;
    Json json{{"phase", phase_text(ramp.phase)},
              {"ended", has_ended(ramp.phase)},
              {"splits", Json::array()},
              {"weight_percent", percent_number(ramp.weight_ppm)},
              {"steps_percent", Json::array()},
              {"next_step_percent",
               picture.next_step ? Json(percent_number(*picture.next_step)) : Json()},
              {"held_s", seconds(picture.held_ns)},
              {"left_s", picture.left_ns ? Json(seconds(*picture.left_ns)) : Json()},
              {"waits_for", text_or_null(picture.waits)},
              {"command", text_or_null(picture.command)},
              {"driver", text_or_null(picture.driver)},
              {"starter", ramp.starter},
              {"started_unix_ns", ramp.started_unix_ns},
              {"lease_expires_unix_ns", ramp.lease_expires_unix_ns},
              {"generation", ramp.generation},
              {"approvals", Json::array()},
              {"log", Json::array()}};
    for (const RampSplitPicture& split : picture.splits) {
        json["splits"].push_back(split_json(split));
    }
    for (const std::uint32_t step : ramp.terms.steps) {
        json["steps_percent"].push_back(percent_number(step));
    }
    for (const Approval& approval : ramp.approvals) {
        json["approvals"].push_back({{"step_percent", percent_number(approval.step_ppm)},
                                     {"by", approval.by},
                                     {"reason", approval.reason},
                                     {"time_unix_ns", approval.time_unix_ns}});
    }
    for (const RampLogEntry& entry : ramp.log) {
        json["log"].push_back(event_json(event_of(ramp, entry)));
    }
    return json;
}

std::string event_line(const RampEvent& event) {
    std::string text = time_text(event.time_unix_ns).substr(11) + "  " + event.text;
    if (!event.by.empty()) {
        text += ", by " + event.by;
    }
    if (!event.reason.empty()) {
        text += " (" + event.reason + ")";
    }
    return text;
}

Json event_json(const RampEvent& event) {
    return {{"what", kind_text(event.kind)},
            {"splits", event.splits},
            {"canary", event.canary},
            {"baseline", event.baseline},
            {"text", event.text},
            {"by", text_or_null(event.by)},
            {"reason", text_or_null(event.reason)},
            {"command", text_or_null(event.command)},
            {"time_unix_ns", event.time_unix_ns}};
}

}  // namespace teal::cli
