#include "cli/output/url_output.hpp"

#include "cli/output/health_output.hpp"
#include "cli/output/screen.hpp"
#include "cli/output/text_table.hpp"

#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string answer_cell(const ProbeAnswer& answer) {
    return coloured(answer_text(answer), answer.good ? Colour::green : Colour::red);
}

std::string endpoint_note(const EndpointUrl& endpoint) {
    if (!endpoint.in_table) {
        return "not in the table";
    }
    return endpoint.stray ? "nothing of ours runs there" : "";
}

}  // namespace

std::string urls_text(const UrlOverview& overview) {
    TextTable entries("lllll");
    entries.add({"SERVICE", "SPLIT", "URL", "ANSWER", ""});
    for (const EntryUrl& entry : overview.entries) {
        entries.add({entry.service, entry.split, entry.url.empty() ? "-" : entry.url,
                     answer_cell(entry.answer),
                     entry.known || entry.url.empty() ? "" : "found by trying"});
    }
    TextTable endpoints("llllll");
    endpoints.add({"COLOR", "SPLIT", "INSTANCE", "ENDPOINT", "ANSWER", ""});
    for (const EndpointUrl& endpoint : overview.endpoints) {
        endpoints.add({std::string(name_of(endpoint.color)) + " (" + endpoint.role + ")",
                       endpoint.split, endpoint.instance.empty() ? "-" : endpoint.instance,
                       endpoint.address, answer_cell(endpoint.answer), endpoint_note(endpoint)});
    }
    return entries.text("") + (overview.endpoints.empty() ? "" : "\n" + endpoints.text(""));
}

Json urls_json(const UrlOverview& overview) {
    Json json{{"all_answer", overview.all_answer()},
              {"urls", Json::array()},
              {"endpoints", Json::array()},
              {"remarks", overview.remarks}};
    for (const EntryUrl& entry : overview.entries) {
        json["urls"].push_back({{"service", entry.service},
                                {"split", entry.split},
                                {"url", entry.url.empty() ? Json() : Json(entry.url)},
                                {"known", entry.known},
                                {"answer", answer_json(entry.answer)}});
    }
    for (const EndpointUrl& endpoint : overview.endpoints) {
        json["endpoints"].push_back({{"color", name_of(endpoint.color)},
                                     {"role", endpoint.role},
                                     {"split", endpoint.split},
                                     {"service", endpoint.service},
                                     {"instance", endpoint.instance},
                                     {"address", endpoint.address},
                                     {"in_table", endpoint.in_table},
                                     {"stray", endpoint.stray},
                                     {"answer", answer_json(endpoint.answer)}});
    }
    return json;
}

}  // namespace teal::cli
