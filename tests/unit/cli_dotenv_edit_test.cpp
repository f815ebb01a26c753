// Changing an `.env`: what was not asked for stays as it is, byte for byte, and what was is read
// back.
#include "cli/error.hpp"
#include "cli/project/dotenv_edit.hpp"
#include "cli/project/dotenv_scan.hpp"
#include "cli/stack/procfile/dotenv.hpp"
#include "tests/catch.hpp"

#include <random>

using namespace teal::cli;
using Catch::Matchers::ContainsSubstring;

namespace {

std::string edited(const std::string& text, const std::vector<DotenvChange>& changes) {
    return edit_dotenv("/shop/.env", text, changes).text;
}

std::string with(const std::string& text, const std::string& name, const std::string& value) {
    return edited(text, {{name, value}});
}

std::string without(const std::string& text, const std::string& name) {
    return edited(text, {{name, std::nullopt}});
}

}  // namespace

TEST_CASE("a changed value leaves everything around it as it is") {
    const std::string text =
        "# the shop\n"
        "\n"
        "export  VERSION = v1   # of the image\n"
        "A='one'\n"
        "  B=\"two\" # second\n"
        "C=three\n";
    CHECK(with(text, "VERSION", "v2") ==
          "# the shop\n"
          "\n"
          "export  VERSION = v2   # of the image\n"
          "A='one'\n"
          "  B=\"two\" # second\n"
          "C=three\n");
    CHECK(with("A='one'\nC=3", "A", "two") == "A='two'\nC=3");
    CHECK(with("A=\"one\"\n", "A", "two") == "A=\"two\"\n");
    CHECK(with("A=\"two\r\nlines\"\r\nB=1\r\n", "A", "one") == "A=\"one\"\r\nB=1\r\n");
    CHECK(with("A=x # c\r\nB=1\r\n", "A", "y") == "A=y # c\r\nB=1\r\n");
    CHECK(with("\xEF\xBB\xBF"
               "A=1\n",
               "A", "2") ==
          "\xEF\xBB\xBF"
          "A=2\n");
}

TEST_CASE("a new variable is added at the end, with the file's line endings") {
    CHECK(with("", "A", "1") == "A=1\n");
    CHECK(with("A=1\n", "B", "2") == "A=1\nB=2\n");
    CHECK(with("A=1", "B", "2") == "A=1\nB=2\n");
    CHECK(with("A=1\r\n", "B", "2") == "A=1\r\nB=2\r\n");
    CHECK(with("A=1\r\n# end", "B", "2") == "A=1\r\n# end\r\nB=2\r\n");
    // A commented assignment is a comment, and A is not in AB or in a value.
    CHECK(with("#A=1\nAB=2\nC=\"\nA=3\"\n", "A", "4") == "#A=1\nAB=2\nC=\"\nA=3\"\nA=4\n");
}

TEST_CASE("of a name that is there twice the last one counts") {
    CHECK(with("A=1\nB=2\nA=3\n", "A", "4") == "A=1\nB=2\nA=4\n");
    CHECK(without("A=1\nB=2\nexport A='3\n4' # end\n", "A") == "B=2\n");
    const DotenvEdit same = edit_dotenv("/shop/.env", "A=1\nA='b'\n", {{"A", "b"}});
    CHECK(same.text == "A=1\nA='b'\n");
    CHECK(same.effects == std::vector{DotenvEffect::unchanged});
}

TEST_CASE("several changes are one edit, each with its effect") {
    const DotenvEdit edit =
        edit_dotenv("/shop/.env", "A=1\nB=2\nC=3\n",
                    {{"A", "9"}, {"B", std::nullopt}, {"C", "3"}, {"D", ""}, {"E", std::nullopt}});
    CHECK(edit.text == "A=9\nC=3\nD=\n");
    CHECK(edit.effects == std::vector{DotenvEffect::changed, DotenvEffect::removed,
                                      DotenvEffect::unchanged, DotenvEffect::added,
                                      DotenvEffect::absent});
}

TEST_CASE("a comment behind a value stays a comment") {
    CHECK(with("A= # c\n", "A", "b") == "A= b # c\n");
    CHECK(with("A=# c\n", "A", "b") == "A=b # c\n");
    CHECK(with("A=x\t# c\n", "A", "b") == "A=b # c\n");
    CHECK(with("A=x # c\n", "A", "") == "A=\"\" # c\n");
    CHECK(with("A='x'\n", "A", "") == "A=''\n");
    CHECK(with("A=x\n", "A", "") == "A=\n");
}

TEST_CASE("values are quoted where a reader would take them for something else") {
    CHECK(written_value("") == "");
    CHECK(written_value("v1.2-3_x/y:z@h,%+=") == "v1.2-3_x/y:z@h,%+=");
    CHECK(written_value("two words") == "'two words'");
    CHECK(written_value(" padded ") == "' padded '");
    CHECK(written_value("a#b") == "'a#b'");
    CHECK(written_value("p$ss") == "'p$ss'");
    CHECK(written_value("\"q\"") == "'\"q\"'");
    CHECK(written_value("it's") == "\"it's\"");
    CHECK(written_value("it's $5") == "\"it's \\$5\"");
    CHECK(written_value("two\nlines") == "\"two\\nlines\"");
    CHECK(written_value("C:\\temp") == "'C:\\temp'");
    // 'C:\' has no end for docker compose.
    CHECK(written_value("C:\\") == "C:\\");
    CHECK(written_value("ünïcødé") == "'ünïcødé'");
    // The kind of quotes is kept where it can be.
    CHECK(written_value("plain", '\'') == "'plain'");
    CHECK(written_value("plain", '"') == "\"plain\"");
    CHECK(written_value("it's", '\'') == "\"it's\"");
}

TEST_CASE("whatever is set is what a Procfile's processes get") {
    constexpr std::string_view kCharacters = "a\\\\''\"\"$$##  \t\n\r=x{}`!%ü;&|<>()*?~";
    constexpr const char* kBefore[] = {"",
                                       "A=old\n",
                                       "A='old'",
                                       "export A=\"old\" # kept\r\nB='b\nb'\r\n",
                                       "A=\t# kept\nB=1",
                                       "B=1\n# A=2\n"};
    std::mt19937 random(20261124);
    std::uniform_int_distribution<std::size_t> length(0, 12);
    std::uniform_int_distribution<std::size_t> place(0, kCharacters.size() - 1);
    for (int i = 0; i < 5000; ++i) {
        std::string value;
        for (std::size_t left = length(random); left > 0; --left) {
            value += kCharacters[place(random)];
        }
        const std::string before = kBefore[static_cast<std::size_t>(i) % std::size(kBefore)];
        const std::string after = with(before, "A", value);
        CAPTURE(before, after);
        Environment wanted = parse_dotenv(".env", before);
        Environment read = parse_dotenv(".env", after);
        const auto is_a = [](const auto& one) { return one.first == "A"; };
        const auto a = std::find_if(read.begin(), read.end(), is_a);
        REQUIRE(a != read.end());
        REQUIRE(a->second == value);
        std::erase_if(wanted, is_a);
        std::erase_if(read, is_a);
        REQUIRE(read == wanted);
        REQUIRE(
            without(after, "A").find("A=") ==
            (before.find("# A=2") == std::string::npos ? std::string::npos : before.find("A=2")));
    }
}

TEST_CASE("lines that only docker compose understands are left alone") {
    const std::string text = "PATH_FROM_SHELL\nCOLOUR: red\nA=1\n";
    CHECK(with(text, "A", "2") == "PATH_FROM_SHELL\nCOLOUR: red\nA=2\n");
    CHECK_THROWS_AS(parse_dotenv(".env", text), Error);
}

TEST_CASE("an .env that cannot be read is not written, and its secrets are not shown") {
    for (const std::string text : {"A=1\nB='hunter2\n", "B=\"hunter2\" hunter2\n"}) {
        CAPTURE(text);
        try {
            (void)with(text, "A", "2");
            FAIL("was taken");
        } catch (const Error& error) {
            CHECK(error.code() == ExitCode::usage);
            CHECK_THAT(error.what(), ContainsSubstring("/shop/.env:"));
            CHECK(std::string(error.what()).find("hunter2") == std::string::npos);
        }
    }
}
