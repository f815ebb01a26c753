// What deployments do to the table, with simulated workers that apply it.
#include "cli/traffic/color_change.hpp"

#include "cli/error.hpp"
#include "tests/catch.hpp"
#include "tests/fixtures/temporary_directory.hpp"
#include "tests/unit/cli_simulated_nginx.hpp"

#include <memory>

using namespace teal;
using namespace teal::cli;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr char kRules[] = "pin $http_x_teal_variant\nkey $remote_addr\ndefault blue\n";

// Two splits, both colors in each, everything on blue, and nginx with two workers.
class Site {
public:
    Site() {
        for (const char* split : {"app", "api"}) {
            REQUIRE(tests::run_teal({"init", "--split", split, "--table", table()}).code == 0);
        }
        nginx_ = std::make_unique<tests::SimulatedNginx>(
            table(),
            std::vector<tests::SimulatedSplit>{{"app", {"blue", "green"}, true, kRules},
                                               {"api", {"blue", "green"}, true, kRules}},
            2);
    }
    std::string table() const { return directory_ / "table"; }
    ChangeTerms terms() const {
        ChangeTerms terms;
        terms.paths = table_paths(table(), "");
        terms.holder = "test";
        return terms;
    }
    table::TableImage image() const { return read_table(terms().paths); }
    const table::VariantImage& variant(const table::TableImage& image, const char* split,
                                       const char* name) const {
        return *image.find(split)->find(name);
    }
    static std::vector<SplitEndpoints> at(int port) {
        return {{"app", {"127.0.0.1:" + std::to_string(port)}},
                {"api", {"127.0.0.1:" + std::to_string(port + 1)}}};
    }

private:
    fixtures::TemporaryDirectory directory_;
    std::unique_ptr<tests::SimulatedNginx> nginx_;
};

const std::vector<std::string> kBoth{"app", "api"};

}  // namespace

TEST_CASE("the first color that is announced gets no traffic before its switch") {
    const Site site;
    CHECK(serving_state(site.image(), kBoth).nothing_deployed);
    const Change change = announce(site.terms(), Site::at(8101), Color::blue);
    CHECK(change.is_applied());
    auto image = site.image();
    CHECK(site.variant(image, "app", "blue").weight_ppm == 0);
    CHECK(site.variant(image, "app", "blue").state == table::VariantState::closed);
    CHECK(site.variant(image, "app", "green").weight_ppm == table::kTotalPpm);
    CHECK_FALSE(serving_state(image, kBoth).active.has_value());

    CHECK(switch_traffic(site.terms(), Site::at(8101), Color::blue).is_applied());
    image = site.image();
    CHECK(site.variant(image, "app", "blue").weight_ppm == table::kTotalPpm);
    CHECK(site.variant(image, "app", "blue").state == table::VariantState::open);
    CHECK(serving_state(image, kBoth).active == Color::blue);
}

TEST_CASE("a switch takes all splits in one publication, and the standby stays announced") {
    const Site site;
    announce(site.terms(), Site::at(8101), Color::blue);
    switch_traffic(site.terms(), Site::at(8101), Color::blue);
    announce(site.terms(), Site::at(8201), Color::green);
    const std::uint64_t before = site.image().generation;
    const Change change = switch_traffic(site.terms(), Site::at(8201), Color::green);
    CHECK(change.generation == before + 1);
    const auto image = site.image();
    const ServingState state = serving_state(image, kBoth);
    CHECK(state.active == Color::green);
    CHECK(state.is_whole());
    CHECK(site.variant(image, "api", "blue").endpoints.size() == 1);
    CHECK(site.variant(image, "api", "blue").state == table::VariantState::closed);

    // Back with the endpoints it has: what an instant rollback does.
    switch_traffic(site.terms(), {{"app", {}}, {"api", {}}}, Color::blue);
    CHECK(serving_state(site.image(), kBoth).active == Color::blue);
    // Nothing to do is nothing published.
    const std::uint64_t now = site.image().generation;
    CHECK_FALSE(switch_traffic(site.terms(), {{"app", {}}, {"api", {}}}, Color::blue).published);
    CHECK(site.image().generation == now);
}

TEST_CASE("the serving color cannot be withdrawn, the other one can") {
    const Site site;
    announce(site.terms(), Site::at(8101), Color::blue);
    switch_traffic(site.terms(), Site::at(8101), Color::blue);
    announce(site.terms(), Site::at(8201), Color::green);
    CHECK_THROWS_WITH(withdraw(site.terms(), kBoth, Color::blue),
                      ContainsSubstring("blue serves split"));
    CHECK(serving_state(site.image(), kBoth).active == Color::blue);
    withdraw(site.terms(), kBoth, Color::green);
    CHECK(site.variant(site.image(), "app", "green").endpoints.empty());
}

TEST_CASE("switching to a color without endpoints is refused and changes nothing") {
    const Site site;
    announce(site.terms(), Site::at(8101), Color::blue);
    switch_traffic(site.terms(), Site::at(8101), Color::blue);
    const std::uint64_t before = site.image().generation;
    CHECK_THROWS_WITH(switch_traffic(site.terms(), {{"app", {}}, {"api", {}}}, Color::green),
                      ContainsSubstring("it is not deployed"));
    CHECK(site.image().generation == before);
}

TEST_CASE("splits that disagree and colors that share are told") {
    const Site site;
    announce(site.terms(), Site::at(8101), Color::blue);
    switch_traffic(site.terms(), Site::at(8101), Color::blue);
    announce(site.terms(), Site::at(8201), Color::green);
    REQUIRE(tests::run_teal({"traffic", "set", "app", "green=10", "--state", "open", "--table",
                             site.table()})
                .code == 0);
    CHECK(serving_state(site.image(), kBoth).shared == std::vector<std::string>{"app"});
    REQUIRE(tests::run_teal({"traffic", "set", "app", "green=100", "--table", site.table()})
                .code == 0);
    CHECK(serving_state(site.image(), kBoth).against == std::vector<std::string>{"api"});
    CHECK_FALSE(serving_state(site.image(), kBoth).is_whole());
}

TEST_CASE("a split that is not in the table is named with its remedy") {
    const Site site;
    try {
        serving_state(site.image(), {"apo"});
        FAIL("found");
    } catch (const Error& error) {
        CHECK_THAT(error.what(), ContainsSubstring("split apo is not in the table"));
        CHECK_THAT(error.next_step(), ContainsSubstring("teal init --split apo"));
    }
}
