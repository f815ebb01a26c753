#include "cli/output/picture_output.hpp"
#include "cli/output/quantities.hpp"
#include "cli/traffic/percent.hpp"
#include "cli/traffic/weights.hpp"

#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

using Json = nlohmann::ordered_json;

Json number(std::optional<double> value) {
    return value ? Json(*value) : Json();
}

Json quantiles_json(const Quantiles& quantiles) {
    return {{"p50_us", number(quantiles.p50_us)}, {"p99_us", number(quantiles.p99_us)}};
}

Json endpoint_json(const EndpointPicture& endpoint) {
    return {{"address", endpoint.address},     {"slot", endpoint.slot},
            {"in_flight", endpoint.in_flight}, {"avoided_by", endpoint.avoided_by},
            {"attempts", endpoint.attempts},   {"failures", endpoint.failures}};
}

Json variant_json(const SplitPicture& split, const VariantPicture& variant) {
    const VariantTraffic& traffic = variant.traffic;
    Json json{{"variant", variant.name},
              {"weight_percent", percent_number(variant.weight_ppm)},
              {"weight_ppm", variant.weight_ppm},
              {"state", state_text(variant.state)},
              {"tripped", variant.name == split.tripped_variant},
              {"in_nginx_conf", variant.in_nginx},
              {"requests_per_s", number(traffic.requests_per_s)},
              {"requests", traffic.requests},
              {"attempts", traffic.attempts},
              {"errors", traffic.errors},
              {"error_share", number(traffic.error_share)},
              {"in_flight", traffic.in_flight},
              {"first_byte", quantiles_json(traffic.first_byte)},
              {"total", quantiles_json(traffic.total)},
              {"endpoints", Json::array()}};
    for (const EndpointPicture& endpoint : variant.endpoints) {
        json["endpoints"].push_back(endpoint_json(endpoint));
    }
    return json;
}

Json hold_json(const SplitPicture& split) {
    const counters::HoldSums& sums = split.holds;
    return {{"held", split.held},
            {"started_unix_ns", split.held ? Json(split.hold.started_unix_ns) : Json()},
            {"until_unix_ns", split.held ? Json(split.hold.until_unix_ns) : Json()},
            {"waiting", sums.waiting},
            {"requests", sums.held},
            {"released", sums.released},
            {"expired", sums.expired},
            {"left", sums.left},
            {"refused", sums.refused},
            {"passed", sums.passed},
            {"longest_us", sums.longest_us}};
}

}  // namespace

Json picture_json(const TrafficPicture& picture) {
    Json json{{"unix_ns", now_unix_ns()},
              {"generation", picture.generation},
              {"published_unix_ns", picture.published_unix_ns},
              {"workers", picture.applied.workers},
              {"applied_by", picture.applied.on_it()},
              {"pids_behind", Json::array()},
              {"interval_s", picture.interval_s},
              {"splits", Json::array()}};
    for (const Worker& worker : picture.applied.behind) {
        json["pids_behind"].push_back(worker.pid);
    }
    for (const SplitPicture& split : picture.splits) {
        Json entry{{"split", split.name},      {"in_nginx_conf", split.in_nginx},
                   {"proxied", split.proxied}, {"tripped", !split.tripped_variant.empty()},
                   {"hold", hold_json(split)}, {"variants", Json::array()}};
        for (const VariantPicture& variant : split.variants) {
            entry["variants"].push_back(variant_json(split, variant));
        }
        json["splits"].push_back(std::move(entry));
    }
    return json;
}

}  // namespace teal::cli
