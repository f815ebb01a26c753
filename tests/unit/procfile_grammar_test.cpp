// Procfile and .env: what is read from them, and what is refused, never with a secret in the words.
#include "cli/error.hpp"
#include "cli/stack/procfile/dotenv.hpp"
#include "cli/stack/procfile/procfile.hpp"
#include "cli/stack/procfile/procfile_definition.hpp"
#include "tests/catch.hpp"

using namespace teal::cli;
using Catch::Matchers::ContainsSubstring;

namespace {

Environment dotenv(const std::string& text) {
    return parse_dotenv("/shop/.env", text);
}

std::string value(const std::string& text) {
    const Environment read = dotenv(text);
    REQUIRE(read.size() == 1);
    return read.front().second;
}

template <typename Action>
std::string refusal(Action action) {
    try {
        action();
    } catch (const Error& error) {
        CHECK(error.code() == ExitCode::usage);
        return std::string(error.what()) + " / " + error.next_step();
    }
    return "taken";
}

std::string refused_procfile(const std::string& text) {
    return refusal([&] { parse_procfile("/shop/Procfile", text); });
}

std::string refused_dotenv(const std::string& text) {
    return refusal([&] { dotenv(text); });
}

Settings settings_with(std::map<std::string, ServiceSettings> services) {
    Settings settings;
    settings.directory = "/srv/My Shop";
    settings.toml_file = "/srv/My Shop/teal.toml";
    settings.services = std::move(services);
    return settings;
}

StackDefinition definition(const std::string& procfile,
                           std::map<std::string, ServiceSettings> services = {}) {
    return procfile_definition(settings_with(std::move(services)), procfile, "");
}

}  // namespace

TEST_CASE("a Procfile is a list of names and commands, in order") {
    const auto read = parse_procfile("Procfile",
                                     "\xEF\xBB\xBFweb:./server --port $PORT # kept\r\n"
                                     "# comment: no\n\n"
                                     "work_er-2:\t  FOO=1 nice a:b | cat  \n"
                                     "last: x");
    REQUIRE(read.size() == 3);
    CHECK(read[0].name == "web");
    CHECK(read[0].command == "./server --port $PORT # kept");
    CHECK(read[1].name == "work_er-2");
    CHECK(read[1].command == "FOO=1 nice a:b | cat");
    CHECK(read[2].command == "x");
    CHECK(read[2].line == 5);
}

TEST_CASE("lines of a Procfile that are no process are refused with their number") {
    CHECK_THAT(refused_procfile("web: a\nnonsense\n"),
               ContainsSubstring("/shop/Procfile:2: this is no process: \"nonsense\""));
    CHECK_THAT(refused_procfile("we b: a\n"), ContainsSubstring("Procfile:1"));
    CHECK_THAT(refused_procfile(": a\n"), ContainsSubstring("Procfile:1"));
    CHECK_THAT(refused_procfile("web:   \n"), ContainsSubstring("web has no command"));
    CHECK_THAT(refused_procfile("web: a\n\nweb: b\n"),
               ContainsSubstring("Procfile:3: web is there already, in line 1"));
    CHECK_THAT(refused_procfile("# nothing\n"), ContainsSubstring("has no process in it"));
    CHECK_THAT(refused_procfile(std::string("web: a\0b\n", 9)), ContainsSubstring("NUL"));
    const std::string long_name(64, 'x');
    CHECK_THAT(refused_procfile(long_name + ": a\n"), ContainsSubstring("no process"));
}

TEST_CASE("values of .env are read by the usual rules") {
    CHECK(value("A=b") == "b");
    CHECK(value("A=") == "");
    CHECK(value("export A=b\n") == "b");
    CHECK(value("  A =  b c  # a comment\r\n") == "b c");
    CHECK(value("A=b#c") == "b#c");
    CHECK(value("A=#c") == "");
    CHECK(value("A='b # $c \\n' # comment") == "b # $c \\n");
    CHECK(value("A=\"b\\n\\\"c\\\" \\$d \\x\"") == "b\n\"c\" $d \\x");
    CHECK(value("A=\"two\r\nlines\"") == "two\nlines");
    CHECK(value("A='two\nlines'") == "two\nlines");
    CHECK(value("A=it's") == "it's");
    CHECK(value("A=p$ss=w'ord==") == "p$ss=w'ord==");
    CHECK(value("A=ünïcødé") == "ünïcødé");
    CHECK(value("\xEF\xBB\xBF# first\nA=b") == "b");
    CHECK(value("A=1\nA=2\n") == "2");
    CHECK(value("export=b") == "b");
    CHECK(dotenv("\n\n# only a comment").empty());
    CHECK(dotenv("B=1\nA=2\n").front().first == "B");
}

TEST_CASE("what is no variable in .env is refused without showing what it is") {
    for (const std::string text :
         {"A=1\nhunter2\n", "A=1\nhunter2 = x\ny\n", "A=1\n2A=hunter2\n", "A=1\n=hunter2\n",
          "A=1\nA=\"hunter2\n", "A=1\nA='hunter2' hunter2\n"}) {
        const std::string said = refused_dotenv(text);
        CAPTURE(text);
        CHECK_THAT(said, ContainsSubstring("/shop/.env:"));
        CHECK(said.find("hunter2") == std::string::npos);
    }
    CHECK_THAT(refused_dotenv("A=1\nB='\n\n"), ContainsSubstring(".env:2: the value of B has no"));
    CHECK_THAT(refused_dotenv(std::string("A=b\0c\n", 6)), ContainsSubstring("NUL"));
}

TEST_CASE("web is the entry by convention, unless teal.toml names entries") {
    const StackDefinition plain = definition("web: a\nworker: b\n");
    CHECK(plain.project == "myshop");
    REQUIRE(plain.entries().size() == 1);
    CHECK(plain.entries().front()->name == "web");
    CHECK(plain.entries().front()->entry->split == "web");
    CHECK(plain.entries().front()->entry->port == 0);

    ServiceSettings api;
    api.entry = true;
    api.split = "shop_api";
    api.health = "/healthz 200";
    api.replicas = 3;
    const StackDefinition named = definition("web: a\napi: b\n", {{"api", api}});
    REQUIRE(named.entries().size() == 1);
    CHECK(named.entries().front()->name == "api");
    CHECK(named.entries().front()->replicas == 3);
    CHECK(named.entries().front()->entry->split == "shop_api");
    CHECK(named.entries().front()->entry->probe.path == "/healthz");
    CHECK(named.notes ==
          std::vector<std::string>{"web is no entry, because teal.toml names others"});
}

TEST_CASE("what teal.toml and the Procfile say against each other is refused") {
    const auto refused = [](const std::string& procfile,
                            std::map<std::string, ServiceSettings> services) {
        return refusal([&] { definition(procfile, std::move(services)); });
    };
    ServiceSettings entry;
    entry.entry = true;
    ServiceSettings shared_entry = entry;
    shared_entry.shared = true;
    ServiceSettings port = entry;
    port.port = 3000;
    ServiceSettings none = entry;
    none.replicas = 0;
    ServiceSettings no_entry;
    no_entry.entry = false;
    CHECK_THAT(refused("web: a\n", {{"wbe", entry}}), ContainsSubstring("did you mean \"web\"?"));
    CHECK_THAT(refused("web: a\n", {{"web", shared_entry}}), ContainsSubstring("shared"));
    CHECK_THAT(refused("web: a\n", {{"web", port}}), ContainsSubstring("$PORT"));
    CHECK_THAT(refused("web: a\n", {{"web", none}}), ContainsSubstring("replicas is 0"));
    CHECK_THAT(refused("web: a\n", {{"web", no_entry}}), ContainsSubstring("no process takes"));
    CHECK_THAT(refused("worker: a\n", {}), ContainsSubstring("[services.NAME] entry = true"));
    CHECK_THAT(refused("a-b: a\n", {{"a-b", entry}}), ContainsSubstring("[services.a-b] split"));
}
