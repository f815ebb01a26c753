#include "cli/traffic/endpoint_edit.hpp"

#include "cli/error.hpp"
#include "tests/catch.hpp"

using namespace teal;
using cli::edit_endpoints;
using cli::EndpointAction;
using cli::parse_endpoints;

namespace {

std::string address(unsigned port) {
    return "127.0.0.1:" + std::to_string(port);
}

std::vector<std::uint32_t> slots_of(const table::VariantImage& variant) {
    std::vector<std::uint32_t> slots;
    for (const table::Endpoint& endpoint : variant.endpoints) {
        slots.push_back(endpoint.slot);
    }
    return slots;
}

std::vector<std::string> ports(unsigned first, unsigned count) {
    std::vector<std::string> addresses;
    for (unsigned i = 0; i < count; ++i) {
        addresses.push_back(address(first + i));
    }
    return addresses;
}

using Slots = std::vector<std::uint32_t>;

}  // namespace

TEST_CASE("an endpoint keeps its slot for its life") {
    table::VariantImage blue{"blue", 0, table::VariantState::open, {}};
    edit_endpoints(blue, EndpointAction::set, parse_endpoints(ports(8000, 3)));
    CHECK(slots_of(blue) == Slots{0, 1, 2});
    edit_endpoints(blue, EndpointAction::remove, parse_endpoints({address(8000)}));
    CHECK(slots_of(blue) == Slots{1, 2});
    edit_endpoints(blue, EndpointAction::set, parse_endpoints({address(8003), address(8002)}));
    CHECK(slots_of(blue) == Slots{0, 2});
}

TEST_CASE("a new endpoint does not take a slot that the present publication uses") {
    table::VariantImage blue{"blue", 0, table::VariantState::open, {}};
    edit_endpoints(blue, EndpointAction::set, parse_endpoints(ports(8000, 2)));
    edit_endpoints(blue, EndpointAction::set, parse_endpoints(ports(9000, 2)));
    CHECK(slots_of(blue) == Slots{2, 3});
    edit_endpoints(blue, EndpointAction::add, parse_endpoints({address(9500)}));
    CHECK(slots_of(blue) == Slots{2, 3, 0});
}

TEST_CASE("when every slot is in use a replaced endpoint's slot is taken at once") {
    table::VariantImage blue{"blue", 0, table::VariantState::open, {}};
    edit_endpoints(blue, EndpointAction::set, parse_endpoints(ports(8000, 64)));
    std::vector<std::string> next = ports(8000, 63);
    next.push_back(address(9000));
    edit_endpoints(blue, EndpointAction::set, parse_endpoints(next));
    CHECK(blue.endpoints.back().slot == 63);
}

TEST_CASE("what changes nothing says so, the order included") {
    table::VariantImage blue{"blue", 0, table::VariantState::open, {}};
    edit_endpoints(blue, EndpointAction::set, parse_endpoints({"[::1]:80", "unix:/run/app.sock"}));
    CHECK(edit_endpoints(blue, EndpointAction::set,
                         parse_endpoints({"unix:/run/app.sock", "[0:0::1]:80"}))
              .empty());
}

TEST_CASE("endpoints that cannot be are refused and nothing changes") {
    using Catch::Matchers::ContainsSubstring;
    table::VariantImage blue{"blue", 0, table::VariantState::open, {}};
    edit_endpoints(blue, EndpointAction::set, parse_endpoints(ports(8000, 60)));
    const auto refusal = [&](EndpointAction action, const std::vector<std::string>& addresses) {
        try {
            edit_endpoints(blue, action, parse_endpoints(addresses));
        } catch (const cli::Error& error) {
            CHECK(error.code() == cli::ExitCode::usage);
            CHECK(blue.endpoints.size() == 60);
            return std::string(error.what());
        }
        return std::string("accepted");
    };
    CHECK_THAT(refusal(EndpointAction::add, {address(8000)}), ContainsSubstring("already"));
    CHECK_THAT(refusal(EndpointAction::remove, {address(7999)}), ContainsSubstring("no endpoint"));
    CHECK_THAT(refusal(EndpointAction::add, ports(9000, 5)), ContainsSubstring("65 endpoints"));
    CHECK_THAT(refusal(EndpointAction::set, {address(1), address(1)}), ContainsSubstring("twice"));
    CHECK_THAT(refusal(EndpointAction::set, {"localhost:80"}), ContainsSubstring("localhost:80"));
}
