#include "cli/stack/procfile/supervisor_order.hpp"

#include "cli/error.hpp"

#include <nlohmann/json.hpp>

namespace teal::cli {

// Values of .env and names of files may be any bytes, JSON texts may not: hence CBOR.
namespace {

nlohmann::json bytes_of(const std::string& text) {
    return nlohmann::json::binary({text.begin(), text.end()});
}

std::string text_in(const nlohmann::json& json) {
    const nlohmann::json::binary_t& bytes = json.get_binary();
    return {bytes.begin(), bytes.end()};
}

}  // namespace

std::string to_text(const SupervisorOrder& order) {
    nlohmann::json environment = nlohmann::json::array();
    for (const auto& [name, value] : order.environment) {
        environment.push_back({bytes_of(name), bytes_of(value)});
    }
    const nlohmann::json json{{"service", order.service},
                              {"number", order.number},
                              {"color", order.color},
                              {"snapshot", order.snapshot},
                              {"command", bytes_of(order.command)},
                              {"directory", bytes_of(order.directory.string())},
                              {"record", bytes_of(order.record.string())},
                              {"log", bytes_of(order.log.string())},
                              {"port", order.port},
                              {"grace_s", order.grace_s},
                              {"environment", environment},
                              {"adopt_pid", order.adopt.pid},
                              {"adopt_start_ticks", order.adopt.start_ticks},
                              {"restarts", order.restarts}};
    const std::vector<std::uint8_t> bytes = nlohmann::json::to_cbor(json);
    return {bytes.begin(), bytes.end()};
}

SupervisorOrder parse_supervisor_order(const std::string& text) {
    try {
        const nlohmann::json json = nlohmann::json::from_cbor(text);
        SupervisorOrder order;
        order.service = json.at("service");
        order.number = json.at("number");
        order.color = json.at("color");
        order.snapshot = json.at("snapshot");
        order.command = text_in(json.at("command"));
        order.directory = text_in(json.at("directory"));
        order.record = text_in(json.at("record"));
        order.log = text_in(json.at("log"));
        order.port = json.at("port");
        order.grace_s = json.at("grace_s");
        for (const nlohmann::json& entry : json.at("environment")) {
            order.environment.emplace_back(text_in(entry.at(0)), text_in(entry.at(1)));
        }
        order.adopt.pid = json.at("adopt_pid");
        order.adopt.start_ticks = json.at("adopt_start_ticks");
        order.restarts = json.at("restarts");
        return order;
    } catch (const nlohmann::json::exception&) {
        throw wrong_input("process-supervisor is for teal itself, and was started without an order",
                          "start processes with `teal upgrade perform`");
    }
}

}  // namespace teal::cli
