#include "cli/output/status_output.hpp"

#include "cli/deployment/service_states.hpp"
#include "cli/output/instance_words.hpp"
#include "cli/output/picture_output.hpp"
#include "cli/output/quantities.hpp"
#include "cli/output/screen.hpp"
#include "cli/output/text_table.hpp"
#include "cli/traffic/percent.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string head(const DeploymentOverview& overview) {
    if (!overview.active) {
        return overview.colors[0].snapshot || overview.colors[1].snapshot
                   ? "no color serves\n"
                   : "nothing is deployed yet: teal upgrade perform\n";
    }
    const ColorOverview& active = overview.of(*overview.active);
    std::string text = coloured(name_of(active.color), Colour::bold) + " serves";
    if (active.snapshot) {
        text += " · " + active.snapshot->id;
        text += active.snapshot->git ? " · " + git_text(*active.snapshot->git) : "";
    }
    text += fmt::format(" · running: {} / {}", overview.running, overview.wanted);
    const ColorOverview& standby = overview.of(other(active.color));
    return text + fmt::format(" · {} {}\n", name_of(standby.color),
                              !standby.snapshot      ? "not deployed"
                              : standby.running == 0 ? "stopped"
                                                     : fmt::format("runs {} / {}", standby.running,
                                                                   standby.instances.size()));
}

std::uint64_t uptime_s(const ServiceState& service) {
    const auto now = static_cast<std::int64_t>(now_unix_ns() / 1'000'000'000u);
    return static_cast<std::uint64_t>(std::max<std::int64_t>(0, now - service.started_unix_s));
}

std::string services_text(const std::vector<ServiceState>& services) {
    if (services.empty()) {
        return "";
    }
    TextTable rows("llrlll");
    rows.add({"SERVICE", "COLOR", "RUNNING", "STATE", "UP", "HEALTH"});
    for (const ServiceState& service : services) {
        rows.add({service.service, service.side,
                  fmt::format("{} / {}", service.running, service.wanted),
                  state_word(service.state),
                  service.started_unix_s == 0 ? "-" : duration_text(uptime_s(service)),
                  service.problem.empty() ? coloured("ok", Colour::green)
                                          : coloured(service.problem, Colour::red)});
    }
    return "\n" + rows.text("");
}

std::string traffic_text(const TrafficPicture& traffic) {
    if (traffic.splits.empty()) {
        return "";
    }
    TextTable rows("llrrrrr");
    rows.add({"SPLIT", "VARIANT", "WEIGHT", "REQUESTS/S", "ERRORS", "p99", "IN FLIGHT"});
    for (const SplitPicture& split : traffic.splits) {
        for (const VariantPicture& variant : split.variants) {
            const VariantTraffic& counted = variant.traffic;
            rows.add({split.name, variant.name,
                      variant.name == split.tripped_variant ? coloured("tripped", Colour::red)
                                                            : percent_text(variant.weight_ppm),
                      rate_text(counted.requests_per_s), share_text(counted.error_share),
                      latency_text(counted.total.p99_us), std::to_string(counted.in_flight)});
        }
    }
    std::string held;
    for (const SplitPicture& split : traffic.splits) {
        if (const std::string line = held_line(split); !line.empty()) {
            held += coloured(split.name + " " + line, Colour::yellow) + "\n";
        }
    }
    const bool behind = traffic.applied.workers > 0 && !traffic.applied.behind.empty();
    return "\n" + rows.text("") + held +
           (traffic.applied.workers == 0 ? coloured("no live nginx worker\n", Colour::yellow)
            : behind ? coloured(fmt::format("generation {} is applied by {} of {} workers\n",
                                            traffic.generation, traffic.applied.on_it(),
                                            traffic.applied.workers),
                                Colour::yellow)
                     : std::string());
}

Json service_json(const ServiceState& service) {
    const bool runs = service.started_unix_s != 0;
    return {{"service", service.service},
            {"color", service.side == "shared" ? Json() : Json(service.side)},
            {"shared", service.side == "shared"},
            {"running", service.running},
            {"wanted", service.wanted},
            {"state", state_word(service.state)},
            {"healthy", service.problem.empty()},
            {"problem", service.problem},
            {"started_unix_s", runs ? Json(service.started_unix_s) : Json()},
            {"uptime_s", runs ? Json(uptime_s(service)) : Json()}};
}

}  // namespace

std::string status_text(const DeploymentOverview& overview) {
    std::string text = head(overview) + services_text(service_states(overview));
    if (overview.traffic) {
        text += traffic_text(*overview.traffic);
    }
    if (!overview.under_way.empty()) {
        text += "\nunder way: " + overview.under_way + "\n";
    }
    for (const std::string& remark : overview.remarks) {
        text += "\n" + coloured("warning: ", Colour::yellow) + remark + "\n";
    }
    return text;
}

std::string status_line(const DeploymentOverview& overview) {
    return fmt::format("{} serves, running {}/{}",
                       overview.active ? name_of(*overview.active) : "no color", overview.running,
                       overview.wanted);
}

Json status_json(const DeploymentOverview& overview) {
    Json services = Json::array();
    bool healthy = overview.active.has_value();
    for (const ServiceState& service : service_states(overview)) {
        healthy = healthy && (!service.serves || service.problem.empty());
        services.push_back(service_json(service));
    }
    return {{"unix_ns", now_unix_ns()},
            {"active", overview.active ? Json(name_of(*overview.active)) : Json()},
            {"standby", overview.active ? Json(name_of(other(*overview.active))) : Json()},
            {"running", overview.running},
            {"wanted", overview.wanted},
            {"healthy", healthy},
            {"services", std::move(services)},
            {"under_way", overview.under_way.empty() ? Json() : Json(overview.under_way)},
            {"traffic", overview.traffic ? picture_json(*overview.traffic) : Json()},
            {"remarks", overview.remarks}};
}

}  // namespace teal::cli
