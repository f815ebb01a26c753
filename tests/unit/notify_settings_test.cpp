// [notify.NAME] of teal.toml: what is taken, what is refused, and that a secret is repeated
// nowhere.
#include "cli/error.hpp"
#include "cli/notify/destination.hpp"
#include "cli/notify/named_targets.hpp"
#include "cli/project/settings.hpp"
#include "tests/catch.hpp"
#include "tests/fixtures/temporary_directory.hpp"

#include <cstdlib>
#include <fstream>

using namespace teal::cli;
using Catch::Matchers::ContainsSubstring;

namespace {

class Project {
public:
    explicit Project(const std::string& toml) { std::ofstream(directory_ / "teal.toml") << toml; }
    void write(const std::string& name, const std::string& text) const {
        std::ofstream(directory_ / name) << text;
    }
    std::string path() const { return directory_.path(); }
    Settings settings() const {
        ProjectOptions options;
        options.directory = directory_.path();
        return load_settings(options);
    }

private:
    teal::fixtures::TemporaryDirectory directory_;
};

std::string refused(const std::string& toml) {
    try {
        Project(toml).settings();
    } catch (const Error& error) {
        CHECK(error.code() == ExitCode::usage);
        return std::string(error.what()) + " / " + error.next_step();
    }
    return "taken";
}

std::string open_refused(const Project& project, const std::string& name) {
    try {
        const Settings settings = project.settings();
        open_destination(settings.notify.at(name), settings.directory);
    } catch (const Error& error) {
        return error.what();
    }
    return "opened";
}

}  // namespace

TEST_CASE("targets of notifications are read with all their keys") {
    const Project project(R"(
[notify.ops]
kind = "slack"
url_env = "TEAL_TEST_HOOK"
events = ["deploy_failed", "tripped"]
timeout = 3
give_up_after = 60
[notify.audit]
kind = "webhook"
url = "https://audit.example/teal?source=shop"
secret_file = "keys/audit"
[notify.pager]
kind = "command"
command = ["bin/page", "two words"]
)");
    const NotifyTargets targets = project.settings().notify;
    REQUIRE(targets.size() == 3);
    const NotifyTarget& ops = targets.at("ops");
    CHECK(ops.kind == TargetKind::slack);
    CHECK(ops.timeout_s == 3);
    CHECK(ops.give_up_after_s == 60);
    CHECK(ops.wants("tripped"));
    CHECK_FALSE(ops.wants("promoted"));
    CHECK(ops.wants("test"));
    CHECK(targets.at("audit").secret_file == project.path() + "/keys/audit");
    CHECK(targets.at("audit").wants("promoted"));
    CHECK(targets.at("pager").command == std::vector<std::string>{"bin/page", "two words"});
    CHECK(named_targets(project.settings(), "ops").size() == 1);
    CHECK(named_targets(project.settings(), "").size() == 3);
    CHECK_THROWS_WITH(named_targets(project.settings(), "opps"),
                      ContainsSubstring("did you mean \"ops\""));
    CHECK_THROWS_WITH(named_targets(Project("").settings(), ""), ContainsSubstring("no targets"));
}

TEST_CASE("a secret written into teal.toml is refused and not repeated") {
    const std::string secret = "T0PS3CRET";
    for (const std::string& toml :
         {"kind = \"slack\"\nurl = \"https://hooks.slack.com/services/" + secret + "\"",
          "kind = \"discord\"\nurl = \"https://discord.com/api/webhooks/1/" + secret + "\"",
          "kind = \"webhook\"\nurl = \"https://ann:" + secret + "@audit.example/\"",
          "kind = \"webhook\"\nurl = \"https://audit.example/?token=" + secret + "\"",
          "kind = \"webhook\"\nurl = \"https://audit.example/\"\nsecret = \"" + secret + "\"",
          "kind = \"slack\"\nurl_env = \"https://hooks.slack.com/" + secret + "\"",
          "kind = \"slack\"\nurl_file = \"https://hooks.slack.com/" + secret + "\""}) {
        const std::string said = refused("[notify.ops]\n" + toml + "\n");
        INFO(said);
        CHECK_THAT(said, ContainsSubstring("notify.ops"));
        CHECK_THAT(said, ContainsSubstring("variable") || ContainsSubstring("file"));
        CHECK_THAT(said, !ContainsSubstring(secret));
    }
}

TEST_CASE("a target that cannot work is refused with what it lacks") {
    const auto said = [](const std::string& keys) { return refused("[notify.ops]\n" + keys); };
    CHECK_THAT(said("url_env = \"U\"\n"), ContainsSubstring("it has no kind"));
    CHECK_THAT(said("kind = \"slakc\"\n"), ContainsSubstring("did you mean \"slack\""));
    CHECK_THAT(said("kind = \"slack\"\n"), ContainsSubstring("it has no URL"));
    CHECK_THAT(said("kind = \"slack\"\nurl_env = \"U\"\nurl_file = \"u\"\n"),
               ContainsSubstring("more than one URL"));
    CHECK_THAT(said("kind = \"slack\"\nurl_env = \"U\"\nsecret_env = \"S\"\n"),
               ContainsSubstring("signs nothing"));
    CHECK_THAT(said("kind = \"webhook\"\nurl = \"audit.example\"\n"),
               ContainsSubstring("no http or https URL"));
    CHECK_THAT(said("kind = \"webhook\"\nurl_env = \"U\"\ncommand = [\"x\"]\n"),
               ContainsSubstring("runs no command"));
    CHECK_THAT(said("kind = \"command\"\n"), ContainsSubstring("it has no command"));
    CHECK_THAT(said("kind = \"command\"\ncommand = [\"x\"]\nurl_env = \"U\"\n"),
               ContainsSubstring("a command has no URL"));
    CHECK_THAT(said("kind = \"slack\"\nurl_env = \"U\"\nevents = [\"promotd\"]\n"),
               ContainsSubstring("did you mean \"promoted\""));
    CHECK_THAT(said("kind = \"slack\"\nurl_envv = \"U\"\n"),
               ContainsSubstring("did you mean \"url_env\""));
    CHECK_THAT(said("kind = \"slack\"\nurl_env = \"U\"\ntimeout = 0\n"),
               ContainsSubstring("0.1 to 300"));
    CHECK_THAT(refused("[notify]\nkind = \"slack\"\n"), ContainsSubstring("needs a name"));
    CHECK_THAT(refused("[notify.\"../x\"]\nkind = \"slack\"\n"), ContainsSubstring("needs a name"));
}

TEST_CASE("secrets come from a variable or a file, and leave every text about the target") {
    const Project project(R"(
[notify.ops]
kind = "slack"
url_env = "TEAL_TEST_HOOK"
[notify.audit]
kind = "webhook"
url_file = "audit.url"
secret_file = "audit.secret"
)");
    unsetenv("TEAL_TEST_HOOK");
    CHECK_THAT(open_refused(project, "ops"),
               ContainsSubstring("TEAL_TEST_HOOK") && ContainsSubstring("is not set"));
    CHECK_THAT(open_refused(project, "audit"), ContainsSubstring("audit.url: no such file"));
    project.write("audit.url", "\n");
    CHECK_THAT(open_refused(project, "audit"), ContainsSubstring("is empty"));
    setenv("TEAL_TEST_HOOK", "hooks.slack.com/services/XYZZY", 1);
    CHECK_THAT(open_refused(project, "ops"),
               ContainsSubstring("does not hold an http") && !ContainsSubstring("XYZZY"));
    setenv("TEAL_TEST_HOOK", "https://hooks.slack.com/services/XYZZY\n", 1);
    project.write("audit.url", "https://ann:plugh@audit.example/in?key=frotz\n");
    project.write("audit.secret", "an audit secret\n");
    const Settings settings = project.settings();
    const Destination ops = open_destination(settings.notify.at("ops"), settings.directory);
    CHECK(ops.url == "https://hooks.slack.com/services/XYZZY");
    CHECK(ops.redacted("POST /services/XYZZY to https://hooks.slack.com/services/XYZZY failed") ==
          "POST ******** to ******** failed");
    const Destination audit = open_destination(settings.notify.at("audit"), settings.directory);
    CHECK(audit.secret == "an audit secret");
    const std::string text =
        audit.redacted("ann:plugh could not ask /in?key=frotz; signed with an audit secret");
    CHECK_THAT(text, !ContainsSubstring("plugh") && !ContainsSubstring("frotz") &&
                         !ContainsSubstring("audit secret"));
    unsetenv("TEAL_TEST_HOOK");
}
