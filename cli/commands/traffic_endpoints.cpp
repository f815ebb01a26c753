#include "cli/commands/traffic_endpoints.hpp"

#include "cli/error.hpp"
#include "cli/output/change_output.hpp"
#include "cli/output/screen.hpp"
#include "cli/suggestion.hpp"
#include "cli/traffic/change.hpp"
#include "cli/traffic/endpoint_edit.hpp"
#include "cli/traffic/set_words.hpp"
#include "cli/traffic/weight_plan.hpp"
#include "shared/table/writing/address.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kTrafficEndpointsHelp[] =
    "Examples:\n"
    "  teal traffic endpoints app blue                              list them\n"
    "  teal traffic endpoints app blue set 127.0.0.1:8101 127.0.0.1:8102\n"
    "  teal traffic endpoints app blue add [::1]:8103\n"
    "  teal traffic endpoints app blue remove unix:/run/app.sock\n"
    "\n"
    "Addresses, not host names. A removed endpoint gets no new request; those it has, it ends.\n";

constexpr double kTrafficEndpointsLongestTimeout_s = 3600;

struct EndpointSettings {
    TablePaths paths;
    EndpointAction action;
    std::vector<table::Endpoint> endpoints;
    double timeout_s;
};

EndpointSettings validate(const TrafficEndpointsOptions& options) {
    if (options.variant.empty()) {
        throw wrong_input(options.split.empty() ? "no split and no variant were named"
                                                : "no variant of " + options.split + " was named",
                          "write: teal traffic endpoints SPLIT VARIANT");
    }
    EndpointSettings settings;
    settings.action = parse_endpoint_action(options.action);
    const bool lists = settings.action == EndpointAction::list;
    if (lists != options.addresses.empty()) {
        throw wrong_input(lists
                              ? "list takes no address, \"" + options.addresses[0] + "\" was given"
                              : options.action + " needs at least one address",
                          "teal traffic endpoints " + options.split + " " + options.variant +
                              (lists ? " list" : " " + options.action + " 127.0.0.1:8101"));
    }
    settings.endpoints = parse_endpoints(options.addresses);
    settings.timeout_s =
        parse_seconds("--timeout", options.timeout, kTrafficEndpointsLongestTimeout_s);
    settings.paths = options.table.paths();
    return settings;
}

table::VariantImage& variant_named(table::SplitImage& split, const std::string& name) {
    table::VariantImage* variant = split.find(name);
    if (variant == nullptr) {
        const std::vector<std::string> known = names_of(split.variants);
        throw wrong_input(
            split.name + " has no variant \"" + name + "\"" + did_you_mean(name, known),
            "use one of " + listed(known));
    }
    return *variant;
}

std::vector<std::string> texts_of(const table::VariantImage& variant) {
    std::vector<std::string> texts;
    for (const table::Endpoint& endpoint : variant.endpoints) {
        texts.emplace_back(table::text_of(endpoint));
    }
    return texts;
}

void check_removal(const table::SplitImage& split, const table::VariantImage& variant,
                   const EndpointDifference& difference, const NginxView& nginx) {
    if (variant.endpoints.empty() && !difference.removed.empty() && variant.weight_ppm > 0 &&
        !is_served_without_endpoints(nginx, split.name, variant.name)) {
        throw wrong_input(
            "this is the last endpoint of " + variant.name + ", which has traffic",
            "move the traffic first: teal traffic set " + split.name + " " + variant.name + "=0");
    }
}

void print_list(const EndpointSettings& settings, const TrafficEndpointsOptions& options) {
    table::TableImage image = read_table(settings.paths);
    const table::VariantImage& variant =
        variant_named(split_named(image, options.split), options.variant);
    if (options.json) {
        Json json{
            {"split", options.split}, {"variant", variant.name}, {"endpoints", Json::array()}};
        for (const table::Endpoint& endpoint : variant.endpoints) {
            json["endpoints"].push_back(
                {{"address", table::text_of(endpoint)}, {"slot", endpoint.slot}});
        }
        print_line(json.dump());
        return;
    }
    for (const std::string& text : texts_of(variant)) {
        print_line(text);
    }
    if (variant.endpoints.empty()) {
        warn(variant.name + " has no endpoint");
    }
}

std::string difference_text(const EndpointDifference& difference) {
    std::string text;
    if (!difference.added.empty()) {
        text += " · added " + listed(difference.added);
    }
    if (!difference.removed.empty()) {
        text += " · removed " + listed(difference.removed);
    }
    return text.empty() ? " · as it was" : text;
}

}  // namespace

ExitCode run_traffic_endpoints(const TrafficEndpointsOptions& options) {
    const EndpointSettings settings = validate(options);
    if (settings.action == EndpointAction::list) {
        print_list(settings, options);
        return ExitCode::ok;
    }
    NginxView nginx(settings.paths.counters);
    if (const std::string problem = nginx.problem(); !problem.empty()) {
        throw failure("nginx's counters cannot be read: " + problem,
                      "run as root or as nginx's worker user");
    }
    std::optional<TableSession> session;
    table::TableImage looked_at;
    if (options.dry_run) {
        looked_at = read_table(settings.paths, Missing::leave_alone);
    } else {
        session.emplace(settings.paths, "teal traffic endpoints",
                        std::chrono::milliseconds(static_cast<long>(settings.timeout_s * 1000.0)));
    }
    table::TableImage& image = session ? session->image() : looked_at;
    table::SplitImage& split = split_named(image, options.split);
    table::VariantImage& variant = variant_named(split, options.variant);
    const EndpointDifference difference =
        edit_endpoints(variant, settings.action, settings.endpoints);
    check_removal(split, variant, difference, nginx);
    const std::vector<std::string> now = texts_of(variant);
    const std::vector<CarriedTrip> carried =
        difference.empty() ? std::vector<CarriedTrip>{} : carry_trips(image, nginx, {});

    Change change;
    change.generation = image.generation;
    if (session) {
        change = publish_and_prove(
            *session, nginx, !difference.empty(), nginx.has_live_worker(),
            std::chrono::nanoseconds(static_cast<long long>(settings.timeout_s * 1e9)));
    }

    if (options.json) {
        Json json = change_json(change, options.dry_run);
        json["split"] = options.split;
        json["variant"] = options.variant;
        json["endpoints"] = now;
        json["added"] = difference.added;
        json["removed"] = difference.removed;
        json["carried_trips"] = carried_trips_json(carried);
        print_line(json.dump());
    } else {
        print(options.split + " " + options.variant + ": " +
              (now.empty() ? "no endpoint" : listed(now)) + difference_text(difference) +
              (options.dry_run ? "\ndry run: nothing was published\n"
                               : " · " + change_text(change) + "\n") +
              carried_trips_text(carried));
    }
    demand_applied(change, settings.timeout_s);
    return ExitCode::ok;
}

void add_traffic_endpoints(CLI::App& app, ExitCode& result) {
    auto options = std::make_shared<TrafficEndpointsOptions>();
    CLI::App& command = *app.add_subcommand("endpoints", "the addresses that serve a variant");
    command.footer(kTrafficEndpointsHelp);
    command.add_option("split", options->split, "the split");
    command.add_option("variant", options->variant, "the variant");
    command.add_option("action", options->action, "list (default), add, remove or set");
    command.add_option("addresses", options->addresses,
                       "127.0.0.1:8101, [::1]:8101, unix:/run/app.sock");
    command.add_option("--timeout", options->timeout,
                       "seconds to wait for the lock, and for all workers (default 10)");
    command.add_flag("--dry-run", options->dry_run, "only say what would happen");
    command.add_flag("--json", options->json, "print JSON");
    add_table_options(command, options->table);
    command.callback([options, &result] { result = run_traffic_endpoints(*options); });
}

}  // namespace teal::cli
