// A Procfile project whose v2 is deployed beside v1, for the tests of canaries.
#pragma once

#include "cli/traffic/table_paths.hpp"
#include "cli/traffic/table_session.hpp"
#include "tests/catch.hpp"
#include "tests/e2e/procfile_site.hpp"
#include "tests/harness/wait.hpp"

#include <nlohmann/json.hpp>

namespace teal::e2e {

class CanarySite : public ProcfileSite {
public:
    using Json = nlohmann::json;
    using Words = std::vector<std::string>;
    using RunResult = harness::RunResult;

    explicit CanarySite(const std::string& canary_options = "", bool deployed = true)
        : ProcfileSite("shop", "key $arg_key $remote_addr; retry safe;") {
        REQUIRE(perform().exit_code == 0);
        write_version("v2", canary_options);
        if (deployed) {
            const RunResult standby = teal({"upgrade", "perform"});
            INFO(standby.out << standby.err);
            REQUIRE(standby.exit_code == 0);
        }
        REQUIRE(served() == "web-v1");
    }

    // Both splits; slow answers are not the subject on a machine that does other things, too.
    Words start_words(const Words& more) const {
        Words words{"canary", "start", "--split", "app", "--split", "api", "--slow", "off"};
        words.insert(words.end(), more.begin(), more.end());
        return words;
    }
    RunResult start(const Words& more) const { return teal(start_words(more)); }
    RunResult as(const std::string& user, const Words& words) const {
        harness::ProcessOptions options = process(words);
        options.env["SUDO_USER"] = user;
        return harness::run(options, std::chrono::seconds(60));
    }
    Json status() const { return Json::parse(must({"canary", "status", "--json"})); }
    std::string phase() const { return status().at("phase"); }
    // Of a ramp that may not have begun yet.
    // And for the table to say so: what is going to be published is written down before.
    void wait_for(const std::string& key, const Json& value) const {
        harness::wait_until(
            [&] {
                const RunResult seen = teal({"canary", "status", "--json"});
                return seen.exit_code == 0 && Json::parse(seen.out).at(key) == value &&
                       file().at("published") == true;
            },
            std::chrono::seconds(30), "the canary's " + key + " to be " + value.dump());
    }
    void wait_for_phase(const std::string& wanted) const { wait_for("phase", wanted); }
    void wait_for_weight(double percent) const { wait_for("weight_percent", percent); }
    table::SplitImage split(const std::string& name = "app") const {
        return *cli::read_table(cli::table_paths(table, "")).find(name);
    }
    Json file() const {
        return Json::parse(
            harness::read_file(std::filesystem::path(table).parent_path() / "canary" / "app.json"));
    }
    std::uint64_t generation() const {
        return cli::read_table(cli::table_paths(table, "")).generation;
    }
    // Which of the versions answers some of a hundred visitors.
    bool is_served_by(const std::string& version) const {
        for (int key = 0; key < 100; ++key) {
            if (served("/?key=" + std::to_string(key)) == "web-" + version) {
                return true;
            }
        }
        return false;
    }
    std::unique_ptr<harness::Load> visitors(const std::string& path = "/") const {
        return start_load(path + "?key={n}", 300);
    }
    Json history() const {
        return Json::parse(must({"upgrade", "history", "--json"})).at("history");
    }
};

inline void stop_well(harness::Load& load) {
    load.stop();
    INFO(load.results().summary());
    CHECK(load.results().total() > 0);
    CHECK(load.results().failed() == 0);
}

}  // namespace teal::e2e
