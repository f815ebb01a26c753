// Which color a command is about, and what is known of what it runs.
#include "cli/deployment/deployed_colors.hpp"
#include "cli/error.hpp"
#include "tests/catch.hpp"
#include "tests/fixtures/fake_stack.hpp"

using namespace teal::cli;
using Catch::Matchers::ContainsSubstring;
using teal::fixtures::FakeStack;

namespace {

SnapshotMetadata snapshot_of(Color color, std::uint64_t deployed_unix_ns) {
    SnapshotMetadata snapshot;
    snapshot.id = std::string(name_of(color)) + "-1";
    snapshot.color = color;
    snapshot.project = "shop";
    snapshot.deployed_unix_ns = deployed_unix_ns;
    snapshot.entries = {{"web", {.split = "app", .probe = {.path = "/then"}}, 2},
                        {"gone", {.split = "old"}, 1}};
    return snapshot;
}

DeployedColors nothing() {
    DeployedColors deployed;
    deployed.colors[1].color = Color::green;
    return deployed;
}

// Its files cannot be read.
class BrokenStack : public FakeStack {
public:
    const StackDefinition& definition() override {
        throw wrong_input("Procfile:1: this is no process", "correct it");
    }
};

}  // namespace

TEST_CASE("a command is about the color that serves, else the one deployed last") {
    DeployedColors deployed = nothing();
    CHECK_THROWS_WITH(deployed.chosen(std::nullopt), ContainsSubstring("nothing is deployed"));
    CHECK_THROWS_WITH(deployed.chosen(Color::green),
                      ContainsSubstring("nothing is deployed as green"));
    deployed.colors[0].snapshot = snapshot_of(Color::blue, 2);
    CHECK(deployed.chosen(std::nullopt) == Color::blue);
    deployed.colors[1].snapshot = snapshot_of(Color::green, 3);
    CHECK(deployed.chosen(std::nullopt) == Color::green);
    deployed.active = Color::blue;
    CHECK(deployed.chosen(std::nullopt) == Color::blue);
    CHECK(deployed.chosen(Color::green) == Color::green);
    CHECK(std::string(deployed.role_of(Color::blue)) == "serving");
    CHECK(std::string(deployed.role_of(Color::green)) == "standby");
    // The table may say that a color serves of which there is no record.
    deployed.colors[0].snapshot.reset();
    CHECK(deployed.chosen(std::nullopt) == Color::blue);
    CHECK(deployed.chosen(Color::blue) == Color::blue);
}

TEST_CASE("entries are those of the snapshot, all else is what the files say now") {
    FakeStack stack;
    Service worker{.name = "worker"};
    worker.critical = false;
    Service later{.name = "later"};
    later.entry = Entry{.split = "later"};  // became an entry after the deployment
    Service web{.name = "web"};
    web.entry = Entry{.split = "app", .probe = {.path = "/now"}};
    stack.fake_definition.services = {worker, later, web};
    std::vector<std::string> remarks;
    const StackDefinition definition = definition_of(snapshot_of(Color::blue, 1), stack, remarks);
    CHECK(remarks.empty());
    REQUIRE(definition.find("web") != nullptr);
    CHECK(definition.find("web")->entry.value().probe.path == "/then");
    CHECK(definition.find("web")->replicas == 2);
    CHECK_FALSE(definition.find("worker")->critical);
    CHECK_FALSE(definition.find("later")->entry);
    CHECK(definition.find("gone")->entry.value().split == "old");
}

TEST_CASE("files that cannot be read are a remark, and the snapshot's entries are left") {
    BrokenStack stack;
    std::vector<std::string> remarks;
    const StackDefinition definition = definition_of(snapshot_of(Color::blue, 1), stack, remarks);
    REQUIRE(remarks.size() == 1);
    CHECK_THAT(remarks[0], ContainsSubstring("Procfile:1"));
    CHECK(definition.services.size() == 2);
}
