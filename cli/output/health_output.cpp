#include "cli/output/health_output.hpp"

#include "cli/output/instance_words.hpp"
#include "cli/output/quantities.hpp"
#include "cli/output/screen.hpp"
#include "cli/output/text_table.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kFewDays = 14;

std::string ms(double milliseconds) {
    return latency_text(milliseconds * 1000.0);
}

std::string certificate_text(const ProbeAnswer& answer) {
    if (!answer.certificate_expires_unix_s) {
        return "-";
    }
    const std::int64_t days = days_until(*answer.certificate_expires_unix_s);
    if (days < 0) {
        return coloured(fmt::format("expired {} days ago", -days), Colour::red);
    }
    const std::string left = fmt::format("{} days left", days);
    return days < kFewDays ? coloured(left, Colour::yellow) : left;
}

std::string verdict(const InstanceHealth& health) {
    if (health.healthy()) {
        return coloured("ok", Colour::green);
    }
    return health.needed ? coloured(health.problem, Colour::red)
                         : coloured(health.problem + " (not critical)", Colour::yellow);
}

std::string name_cell(const InstanceHealth& health) {
    return label_of(health.instance) + (health.shared ? " (shared)" : "");
}

std::string or_dash(const std::string& text) {
    return text.empty() ? "-" : text;
}

std::string short_rows(const std::vector<InstanceHealth>& instances) {
    TextTable rows("llll");
    rows.add({"SERVICE", "STATE", "ANSWER", "HEALTH"});
    for (const InstanceHealth& health : instances) {
        rows.add({name_cell(health), or_dash(health.instance.detail),
                  health.answer ? answer_text(*health.answer) : "-", verdict(health)});
    }
    return rows.text("  ");
}

std::string detailed_rows(const std::vector<InstanceHealth>& instances) {
    TextTable rows("llllrrrll");
    rows.add({"SERVICE", "STATE", "ADDRESS", "STATUS", "CONNECT", "FIRST BYTE", "TOTAL",
              "CERTIFICATE", "HEALTH"});
    for (const InstanceHealth& health : instances) {
        const std::optional<ProbeAnswer>& answer = health.answer;
        const bool came = answer && (answer->good || answer->status != 0);
        const std::string status =
            answer && answer->status != 0 ? std::to_string(answer->status) : "-";
        rows.add({name_cell(health), or_dash(health.instance.detail),
                  or_dash(health.instance.address), status, came ? ms(answer->connect_ms) : "-",
                  came ? ms(answer->first_byte_ms) : "-", came ? ms(answer->total_ms) : "-",
                  answer ? certificate_text(*answer) : "-", verdict(health)});
    }
    return rows.text("  ");
}

std::string color_text(const ColorHealth& color, bool detailed) {
    const HealthReport& report = color.report;
    return fmt::format("{} ({}): {}\n", coloured(name_of(color.color), Colour::bold), color.role,
                       report.healthy
                           ? coloured("healthy", Colour::green)
                           : coloured("not healthy", Colour::red) + ": " + report.problem) +
           (detailed ? detailed_rows(report.instances) : short_rows(report.instances));
}

Json instance_json(const InstanceHealth& health) {
    const Instance& instance = health.instance;
    return {{"service", instance.service},
            {"number", instance.number},
            {"name", instance.name},
            {"id", instance.id},
            {"shared", health.shared},
            {"needed", health.needed},
            {"state", state_word(instance.state)},
            {"detail", instance.detail},
            {"address", instance.address},
            {"healthy", health.healthy()},
            {"problem", health.problem},
            {"check", health.probe ? Json(probe_text(*health.probe)) : Json()},
            {"answer", health.answer ? answer_json(*health.answer) : Json()}};
}

}  // namespace

std::string answer_text(const ProbeAnswer& answer) {
    if (!answer.good) {
        return "no: " + answer.problem;
    }
    return answer.status == 0 ? "connected in " + ms(answer.connect_ms)
                              : fmt::format("{} in {}", answer.status, ms(answer.total_ms));
}

Json answer_json(const ProbeAnswer& answer) {
    const std::optional<std::int64_t>& expires = answer.certificate_expires_unix_s;
    return {{"good", answer.good},
            {"status", answer.status},
            {"connect_ms", answer.connect_ms},
            {"first_byte_ms", answer.first_byte_ms},
            {"total_ms", answer.total_ms},
            {"problem", answer.problem},
            {"certificate_expires_unix_s", expires ? Json(*expires) : Json()},
            {"certificate_days_left", expires ? Json(days_until(*expires)) : Json()}};
}

std::int64_t days_until(std::int64_t unix_s) {
    constexpr std::int64_t kDay_s = 86'400;
    const std::int64_t left = unix_s - static_cast<std::int64_t>(now_unix_ns() / 1'000'000'000u);
    return left >= 0 ? left / kDay_s : -((-left + kDay_s - 1) / kDay_s);
}

std::string health_text(const DeploymentHealth& health, bool detailed) {
    std::string text;
    for (const ColorHealth& color : health.colors) {
        text += (text.empty() ? "" : "\n") + color_text(color, detailed);
    }
    return text;
}

Json health_json(const DeploymentHealth& health) {
    Json json{
        {"healthy", health.healthy()}, {"colors", Json::array()}, {"remarks", health.remarks}};
    for (const ColorHealth& color : health.colors) {
        Json entry{{"color", name_of(color.color)},   {"role", color.role},
                   {"decides", color.decides},        {"healthy", color.report.healthy},
                   {"problem", color.report.problem}, {"seconds", color.report.seconds},
                   {"instances", Json::array()}};
        for (const InstanceHealth& instance : color.report.instances) {
            entry["instances"].push_back(instance_json(instance));
        }
        json["colors"].push_back(std::move(entry));
    }
    return json;
}

}  // namespace teal::cli
