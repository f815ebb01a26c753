// Deployments, rollbacks and canaries are told to node_exporter's textfile collector, by every
// command that ends one.
#include "tests/e2e/procfile_site.hpp"

#include "tests/catch.hpp"

using namespace teal;
using namespace teal::harness;
using Catch::Matchers::ContainsSubstring;
using e2e::ProcfileSite;

TEST_CASE("deployments are counted in the metrics file, whatever becomes of them",
          "[deployment-metrics]") {
    ProcfileSite site;
    const std::string metrics = site.workspace.path("metrics/shop.prom").string();
    site.workspace.make_directory("metrics");
    std::string toml = site.workspace.read("shop/teal.toml");
    const std::string section = "[deployment]\n";
    toml.insert(toml.find(section) + section.size(), "metrics = \"" + metrics + "\"\n");
    site.workspace.write("shop/teal.toml", toml);
    const auto has = [&](const std::string& line) {
        return read_file(metrics).find(line + "\n") != std::string::npos;
    };
    const auto deployments = [](const std::string& outcome) {
        return R"(teal_deployments_total{project="shop",operation="perform",outcome=")" + outcome +
               R"("} )";
    };
    REQUIRE(site.perform().exit_code == 0);
    CHECK(has(deployments("switched") + "1"));
    CHECK(has(deployments("failed") + "0"));
    for (const char* phase : {"snapshot", "standby", "health", "smoke", "switch"}) {
        CHECK(has(R"(teal_deployment_phase_duration_seconds_count{project="shop",phase=")" +
                  std::string(phase) + R"("} 1)"));
    }
    site.write_version("v2");
    REQUIRE(site.perform().exit_code == 0);
    REQUIRE(site.teal({"upgrade", "rollback"}).exit_code == 0);
    CHECK(has(deployments("switched") + "2"));
    CHECK(has(R"(teal_rollbacks_total{project="shop",outcome="switched"} 1)"));
    CHECK(has(R"(teal_last_deployment_success{project="shop"} 1)"));
    site.write_version("v3", "--no-such-option");
    CHECK(site.perform({"--timeout", "5"}).exit_code == 3);
    CHECK(has(deployments("failed") + "1"));
    CHECK(has(R"(teal_last_deployment_success{project="shop"} 0)"));
    const RunResult checked =
        run(ProcessOptions{.argv = {"promtool", "check", "metrics"}, .input = read_file(metrics)});
    CHECK(checked.out + checked.err == "");
    // A canary's end is another command's.
    site.write_version("v4");
    REQUIRE(site.teal({"upgrade", "perform"}).exit_code == 0);
    const RunResult begun = site.teal({"canary", "start", "--split", "app", "--split", "api",
                                       "--steps", "10,100", "--hold", "60s", "--detach"});
    INFO(begun.out << begun.err);
    REQUIRE(begun.exit_code == 0);
    REQUIRE(site.teal({"canary", "abort"}).exit_code == 0);
    CHECK(has(R"(teal_canaries_total{project="shop",verdict="aborted"} 1)"));
    // A file that cannot be written keeps no deployment from being done.
    std::filesystem::remove_all(site.workspace.path("metrics"));
    const RunResult warned = site.teal({"upgrade", "rollback"});
    CHECK(warned.exit_code == 0);
    CHECK_THAT(warned.out + warned.err, ContainsSubstring("deployment metrics are not written"));
}
