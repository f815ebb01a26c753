// Deployments as metrics: totals that follow the history and never go down, and the text of them.
#include "cli/deployment/metrics_file.hpp"
#include "cli/error.hpp"
#include "cli/files/durable_file.hpp"
#include "tests/catch.hpp"
#include "tests/fixtures/temporary_directory.hpp"
#include "tests/harness/process.hpp"

#include <sys/stat.h>
#include <string>

using namespace teal::cli;
using Catch::Matchers::ContainsSubstring;
using teal::fixtures::TemporaryDirectory;

namespace {

HistoryEntry entry(const std::string& operation, const std::string& outcome, double seconds = 2) {
    HistoryEntry made;
    made.time_unix_ns = 1'764'000'000'250'000'000;
    made.operation = operation;
    made.outcome = outcome;
    made.seconds = seconds;
    if (operation == "perform") {
        made.phases = {{"standby", 1.5}, {"switch back", 0.25}};
    }
    return made;
}

Settings settings_in(const TemporaryDirectory& directory) {
    Settings settings;
    settings.directory = directory.path();
    settings.project_name = "shop";
    settings.deployment_directory = directory / "deployments";
    settings.metrics_file = directory / "shop.prom";
    return settings;
}

void record_some(const History& history) {
    history.add(entry("perform", "switched", 6.5));
    history.add(entry("perform", "switched back"));
    history.add(entry("switch", "switched", 0.125));
    history.add(entry("rollback", "switched", 0.0625));
    history.add(entry("canary", "promoted", 240));
    history.add(entry("perform", "tripped", 30));
    history.add(entry("cleanup", "cleaned up"));
}

}  // namespace

TEST_CASE("Deployment metrics tell of every line of the history") {
    const TemporaryDirectory directory;
    const Settings settings = settings_in(directory);
    record_some(History(settings.deployment_directory));
    REQUIRE(write_metrics_file(settings) == "");
    const std::string text = read_whole(settings.metrics_file);
    for (const std::string line :
         {R"(teal_deployments_total{project="shop",operation="perform",outcome="switched"} 1)",
          R"(teal_deployments_total{project="shop",operation="perform",outcome="switched_back"} 1)",
          R"(teal_deployments_total{project="shop",operation="perform",outcome="failed"} 0)",
          R"(teal_deployments_total{project="shop",operation="switch",outcome="switched"} 1)",
          R"(teal_rollbacks_total{project="shop",outcome="switched"} 1)",
          R"(teal_rollbacks_total{project="shop",outcome="failed"} 0)",
          R"(teal_canaries_total{project="shop",verdict="promoted"} 1)",
          R"(teal_canaries_total{project="shop",verdict="tripped"} 1)",
          R"(teal_deployment_phase_duration_seconds_sum{project="shop",phase="standby"} 4.5)",
          R"(teal_deployment_phase_duration_seconds_count{project="shop",phase="switch_back"} 3)",
          R"(teal_deployment_last_phase_duration_seconds{project="shop",phase="standby"} 1.5)",
          R"(teal_operation_duration_seconds_sum{project="shop",operation="perform"} 38.5)",
          R"(teal_last_deployment_timestamp_seconds{project="shop"} 1764000000.25)",
          R"(teal_last_deployment_success{project="shop"} 0)"}) {
        CHECK_THAT(text, ContainsSubstring(line + "\n"));
    }
    // The dashboard's test takes this file for what node_exporter serves.
    CHECK(text == read_whole(TEAL_SOURCE_DIR "/tests/fixtures/deployments.prom"));
    struct stat status {};
    REQUIRE(stat(settings.metrics_file.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777u) == 0644);  // the collector is another user
    const auto checked = teal::harness::run(
        teal::harness::ProcessOptions{.argv = {"promtool", "check", "metrics"}, .input = text});
    CHECK(checked.out + checked.err == "");
    CHECK(checked.exit_code == 0);
}

TEST_CASE("Totals do not go down when the history forgets, is damaged, or a command was killed") {
    const TemporaryDirectory directory;
    const std::filesystem::path deployments = directory / "deployments";
    const History history(deployments);
    for (int i = 0; i < 3; ++i) {
        history.add(entry("perform", "switched"));
    }
    const auto count = [&] { return read_totals(deployments).outcomes["perform"]["switched"]; };
    REQUIRE(count() == 3);
    SECTION("forgotten lines") {
        std::vector<HistoryEntry> lines = history.read();
        lines.erase(lines.begin(), lines.begin() + 2);
        write_durably(history.file(), history_text(lines));
        history.add(entry("perform", "switched"));
        CHECK(count() == 4);
    }
    SECTION("a damaged history") {
        write_durably(history.file(), "[{");
        CHECK(history.add(entry("perform", "switched")) != "");
        CHECK(count() == 4);
        history.add(entry("perform", "switched"));
        CHECK(count() == 5);
    }
    SECTION("killed between the history and the totals") {
        const std::string before = read_whole(totals_file(deployments));
        history.add(entry("perform", "switched"));
        write_durably(totals_file(deployments), before);
        history.add(entry("perform", "failed"));
        CHECK(count() == 4);
        CHECK(read_totals(deployments).outcomes["perform"]["failed"] == 1);
    }
    SECTION("damaged totals are counted anew from the history") {
        write_durably(totals_file(deployments), "{}");
        CHECK_THROWS_AS(read_totals(deployments), Error);
        history.add(entry("perform", "switched"));
        CHECK(count() == 4);
    }
    SECTION("lines of a version that gave them no numbers") {
        std::string text = read_whole(history.file());
        for (std::size_t at = 0; (at = text.find("\"number\"")) != std::string::npos;) {
            text.erase(at, text.find('\n', at) - at);
        }
        write_durably(history.file(), text);
        std::filesystem::remove(totals_file(deployments));
        history.add(entry("perform", "switched"));
        CHECK(count() == 4);
    }
}

TEST_CASE("Deployment metrics are off unless asked for, and trouble with them is a warning") {
    const TemporaryDirectory directory;
    Settings settings = settings_in(directory);
    settings.metrics_file = "";
    CHECK(write_metrics_file(settings) == "");
    settings.metrics_file = directory / "nowhere/shop.prom";
    CHECK_THAT(write_metrics_file(settings), ContainsSubstring("nowhere"));
    settings = settings_in(directory);
    settings.project_name = "a\"b\\c";
    REQUIRE(write_metrics_file(settings) == "");
    CHECK_THAT(read_whole(settings.metrics_file), ContainsSubstring(R"(project="a\"b\\c")"));
}
