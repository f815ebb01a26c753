// `teal env` as a user types it, and what docker compose itself then reads.
#include "tests/catch.hpp"
#include "tests/harness/process.hpp"
#include "tests/harness/workspace.hpp"

#include <csignal>
#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

using namespace teal::harness;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

namespace {

struct Project {
    Workspace workspace{"env"};
    std::filesystem::path directory = workspace.make_directory("my shop");

    ProcessOptions process(std::vector<std::string> words) const {
        words.insert(words.begin(), {TEAL_CLI_PATH, "env"});
        return {.argv = std::move(words), .directory = directory};
    }
    RunResult env(std::vector<std::string> words) const {
        return run(process(std::move(words)), 30s);
    }
    void write(const std::string& file, const std::string& text) {
        workspace.write("my shop/" + file, text);
    }
    std::string read(const std::string& file = ".env") const { return read_file(directory / file); }
};

// "$$" is how compose writes a '$' into the file it prints.
std::string undoubled(std::string text) {
    for (std::size_t at = 0; (at = text.find("$$", at)) != std::string::npos; ++at) {
        text.erase(at, 1);
    }
    return text;
}

}  // namespace

TEST_CASE("docker compose reads back every value that env set was given", "[env]") {
    const std::vector<std::string> values = {
        "plain",       "two words", " padded ",     "a#b",        "a # b",      "#a",
        "p$ss$HOME",   "${HOME}",   "$$",           "it's",       "it's $5",    "\"quoted\"",
        "a'b\"c",      "l1\nl2",    "l1\r\nl2\n",   "tab\there",  "C:\\temp",   "C:\\",
        "back\\slash", "\\n",       "it's \\n \\d", "\\$x",       "\\\"",       "it's a \"q\\\"",
        "`date`",      "!bang",     "ünïcødé 店",   "a=b&c=d",    "{\"a\": 1}", "",
        "x\\'y",       "%s%%",      "~/x",          "a,b;c|d<e>", "\\\\",       "'"};
    Project project;
    std::string compose = "services:\n  web:\n    image: none\n    environment:\n";
    std::vector<std::string> words{"set"};
    std::string before = "# made by hand\n";
    for (std::size_t i = 0; i < values.size(); ++i) {
        const std::string name = "V" + std::to_string(i);
        compose += "      " + name + ": ${" + name + "}\n";
        words.push_back(name + "=" + values[i]);
        // Some are there already, with each kind of quotes.
        constexpr const char* kOld[] = {"", "=old # kept\n", "='old'\n", "=\"old\" # kept\n"};
        before += i % 4 == 0 ? "" : name + kOld[i % 4];
    }
    project.write("compose.yaml", compose);
    project.write(".env", before);
    const RunResult set = project.env(words);
    INFO(set.out << set.err);
    REQUIRE(set.exit_code == 0);
    INFO(project.read());
    const RunResult config = run({.argv = {"docker", "compose", "config", "--format", "json"},
                                  .directory = project.directory},
                                 30s);
    INFO(config.err);
    REQUIRE(config.exit_code == 0);
    const auto environment =
        nlohmann::json::parse(config.out).at("services").at("web").at("environment");
    for (std::size_t i = 0; i < values.size(); ++i) {
        const std::string name = "V" + std::to_string(i);
        CHECK(undoubled(environment.at(name).get<std::string>()) == values[i]);
        const RunResult got = project.env({"get", name});
        CHECK(got.out == values[i] + "\n");
    }
    CHECK_THAT(project.read(), ContainsSubstring("# made by hand\n"));
    // The comparison can fail: what is written without our quotes is another value.
    project.write(".env", "V6=p$ss$HOME\n");
    const RunResult naive = run({.argv = {"docker", "compose", "config", "--format", "json"},
                                 .directory = project.directory},
                                30s);
    CHECK_THAT(naive.out, !ContainsSubstring("p$$ss"));
}

TEST_CASE("env set says what it did and when it takes effect, never the value", "[env]") {
    Project project;
    project.write("Procfile", "web: true\n");
    project.write(".env", "# shop\nexport API_KEY='old' # of the shop\n");
    const RunResult set = project.env({"set", "API_KEY=hunter2", "FEATURE_NEW_SCHEMA=true"});
    INFO(set.out << set.err);
    REQUIRE(set.exit_code == 0);
    CHECK(project.read() ==
          "# shop\nexport API_KEY='hunter2' # of the shop\nFEATURE_NEW_SCHEMA=true\n");
    CHECK_THAT(set.out, ContainsSubstring("API_KEY changed"));
    CHECK_THAT(set.out, ContainsSubstring("FEATURE_NEW_SCHEMA added"));
    CHECK_THAT(set.out, ContainsSubstring("teal upgrade perform"));
    CHECK_THAT(set.out, !ContainsSubstring("hunter2"));

    const RunResult dry = project.env({"set", "API_KEY=x", "--dry-run", "--json"});
    const auto json = nlohmann::json::parse(dry.out);
    CHECK(json.at("changes") == true);
    CHECK(json.at("dry_run") == true);
    CHECK(json.at("variables").at(0).at("effect") == "changed");
    CHECK_THAT(project.read(), ContainsSubstring("hunter2"));

    const RunResult list = project.env({"list"});
    CHECK(list.out == "API_KEY=********\nFEATURE_NEW_SCHEMA=true\n");
    CHECK(project.env({"list", "--show"}).out == "API_KEY=hunter2\nFEATURE_NEW_SCHEMA=true\n");
    const auto listed = nlohmann::json::parse(project.env({"list", "--json"}).out);
    CHECK(listed.at("variables").at(0).at("value").is_null());
    CHECK(listed.at("variables").at(1).at("value") == "true");
    CHECK(project.env({"get", "API_KEY"}).out == "hunter2\n");

    const RunResult unset = project.env({"unset", "API_KEY", "NOT_THERE"});
    CHECK(unset.exit_code == 0);
    CHECK_THAT(unset.out, ContainsSubstring("API_KEY removed"));
    CHECK_THAT(unset.out, ContainsSubstring("NOT_THERE not set"));
    CHECK(project.read() == "# shop\nFEATURE_NEW_SCHEMA=true\n");

    const RunResult staging = project.env({"set", "A=1", "--file", "staging.env"});
    CHECK(staging.exit_code == 0);
    CHECK(project.read("staging.env") == "A=1\n");
}

TEST_CASE("bad input to env is named, and nothing is written", "[env]") {
    Project project;
    project.write("Procfile", "web: true\n");
    const std::string text = "PORT=1\nTOKEN='hunter2'\n";
    project.write(".env", text);
    project.write("broken.env", "A=1\nB=\"hunter2\n");
    struct Case {
        std::vector<std::string> words;
        int code;
        const char* says;
    };
    const Case cases[] = {
        {{"set", "PORT"}, 2, "PORT has no value"},
        {{"set", "PORT=2", "1X=y"}, 2, "\"1X\" is no name of a variable"},
        {{"set", "PORT=2", "PORT=3"}, 2, "PORT is given twice"},
        {{"set", "PORT=2", "--file", "broken.env"}, 2, "broken.env:2: the value of B has no"},
        {{"set"}, 2, ""},
        {{"get", "PROT"}, 1, "did you mean \"PORT\"?"},
        {{"get", "X", "--file", "none.env"}, 1, "none.env: there is no such file"},
        {{"list", "--file", "broken.env"}, 2, "broken.env:2"},
        {{"unset", "A=1"}, 2, "no name of a variable"},
        {{"sett", "A=1"}, 2, "did you mean \"set\"?"},
        {{"set", "A=1", "--file", "no/such/.env"}, 1, "cannot be opened"},
    };
    for (const Case& wrong : cases) {
        const RunResult result = project.env(wrong.words);
        INFO(wrong.words.back() << ": " << result.out << result.err);
        CHECK(result.exit_code == wrong.code);
        CHECK_THAT(result.err, ContainsSubstring(wrong.says));
        CHECK_THAT(result.err, !ContainsSubstring("hunter2"));
        CHECK(project.read() == text);
    }
}

TEST_CASE("many env set at once lose nothing, killed ones included", "[env]") {
    Project project;
    project.write("Procfile", "web: true\n");
    project.write(".env", "# kept\n");
    constexpr int kCommands = 24;
    std::vector<std::unique_ptr<Process>> commands;
    for (int i = 0; i < kCommands; ++i) {
        commands.push_back(
            std::make_unique<Process>(project.process({"set", "V" + std::to_string(i) + "=x y"})));
    }
    int done = 0;
    for (int i = 0; i < kCommands; ++i) {
        if (i % 6 == 5) {
            commands[static_cast<std::size_t>(i)]->signal(SIGKILL);
        }
        REQUIRE(commands[static_cast<std::size_t>(i)]->wait(30s));
        done += commands[static_cast<std::size_t>(i)]->exit_code() == 0 ? 1 : 0;
    }
    CHECK(done >= kCommands * 5 / 6);
    const auto variables =
        nlohmann::json::parse(project.env({"list", "--json"}).out).at("variables");
    CHECK(variables.size() >= static_cast<std::size_t>(done));
    for (int i = 0; i < kCommands; ++i) {
        if (commands[static_cast<std::size_t>(i)]->exit_code() == 0) {
            CHECK(project.env({"get", "V" + std::to_string(i)}).out == "x y\n");
        }
    }
    CHECK(project.read().starts_with("# kept\n"));
}
