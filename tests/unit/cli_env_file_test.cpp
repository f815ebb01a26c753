// An `.env` as a file: mode, owner and links stay, and of two commands at once neither loses.
#include "cli/error.hpp"
#include "cli/files/directory_lock.hpp"
#include "cli/project/env_file.hpp"
#include "cli/project/secret_names.hpp"
#include "tests/catch.hpp"
#include "tests/fixtures/child_process.hpp"
#include "tests/fixtures/temporary_directory.hpp"

#include <sys/stat.h>
#include <fstream>
#include <memory>
#include <sstream>

using namespace teal::cli;
using Catch::Matchers::ContainsSubstring;
using teal::fixtures::ChildProcess;
using teal::fixtures::TemporaryDirectory;

namespace {

namespace fs = std::filesystem;

void write(const std::string& path, const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
}

std::string read(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
}

struct stat status_of(const std::string& path) {
    struct stat status {};
    REQUIRE(stat(path.c_str(), &status) == 0);
    return status;
}

template <typename Action>
std::string refusal(Action action) {
    try {
        action();
    } catch (const Error& error) {
        return std::string(error.what()) + " / " + error.next_step();
    }
    return "taken";
}

}  // namespace

TEST_CASE("a changed .env keeps its mode and owner, and is another file only when it changes") {
    const TemporaryDirectory directory;
    const std::string file = directory / ".env";
    write(file, "A=1\n");
    REQUIRE(chmod(file.c_str(), 0640) == 0);
    const bool root = geteuid() == 0;
    if (root) {
        REQUIRE(chown(file.c_str(), 1234, 4321) == 0);
    }
    const auto before = status_of(file);
    CHECK_FALSE(change_env_file(file, {{"A", "1"}}, false).changes);
    CHECK(status_of(file).st_ino == before.st_ino);
    CHECK(change_env_file(file, {{"A", "2"}}, true).changes);
    CHECK(read(file) == "A=1\n");  // a dry run
    CHECK(change_env_file(file, {{"A", "2"}}, false).changes);
    CHECK(read(file) == "A=2\n");
    const auto after = status_of(file);
    CHECK(after.st_ino != before.st_ino);
    CHECK((after.st_mode & 07777u) == 0640u);
    CHECK(after.st_uid == before.st_uid);
    CHECK(after.st_gid == before.st_gid);
    CHECK(std::distance(fs::directory_iterator(directory.path()), fs::directory_iterator()) == 1);
}

TEST_CASE("a new .env is its owner's alone, and a link goes on being one") {
    const TemporaryDirectory directory;
    const std::string file = directory / ".env";
    const EnvFileChange made = change_env_file(file, {{"A", "1"}}, false);
    CHECK(made.creates);
    CHECK((status_of(file).st_mode & 07777u) == 0600u);

    fs::create_directory(directory / "secrets");
    write(directory / "secrets/shop", "B=1\n");
    const std::string link = directory / "linked";
    fs::create_symlink("secrets/shop", link);
    CHECK_FALSE(change_env_file(link, {{"B", "2"}}, false).creates);
    CHECK(fs::is_symlink(link));
    CHECK(read(directory / "secrets/shop") == "B=2\n");

    fs::create_symlink("nowhere", directory / "broken");
    CHECK_THAT(refusal([&] {
                   change_env_file(directory / "broken", {{"A", "1"}}, false);
               }),
               ContainsSubstring("points to a file that is not there"));
    CHECK(fs::is_symlink(directory / "broken"));
}

TEST_CASE("of many that set at once none loses what another one wrote") {
    constexpr int kWriters = 6;
    constexpr int kEach = 20;
    const TemporaryDirectory directory;
    const std::string file = directory / ".env";
    write(file, "# kept\n");
    std::vector<std::unique_ptr<ChildProcess>> writers;
    for (int writer = 0; writer < kWriters; ++writer) {
        writers.push_back(std::make_unique<ChildProcess>([&file, writer] {
            for (int i = 0; i < kEach; ++i) {
                const std::string name = "W" + std::to_string(writer) + "_" + std::to_string(i);
                change_env_file(file, {{name, "x"}}, false);
            }
            return 0;
        }));
    }
    for (const auto& writer : writers) {
        CHECK(writer->result() == 0);
    }
    CHECK(read_env_file(file).size() == kWriters * kEach);
    CHECK(read(file).starts_with("# kept\n"));
}

TEST_CASE("whoever cannot have the lock says so, and it goes with its holder") {
    const TemporaryDirectory directory;
    {
        const DirectoryLock held(directory.path(), std::chrono::milliseconds(0));
        CHECK_THAT(refusal([&] { DirectoryLock(directory.path(), std::chrono::milliseconds(20)); }),
                   ContainsSubstring("another command is changing a file there"));
    }
    CHECK(refusal([&] { DirectoryLock(directory.path(), std::chrono::milliseconds(0)); }) ==
          "taken");
    CHECK_THAT(refusal([&] {
                   change_env_file(directory / "no/.env", {{"A", "1"}}, false);
               }),
               ContainsSubstring("cannot be opened"));
}

TEST_CASE("bad words are refused before anything is written, values unseen") {
    CHECK(parse_assignments({"A=b=c", "B="}).size() == 2);
    CHECK(parse_assignments({"A=b=c"})[0].value == "b=c");
    CHECK_THAT(refusal([] { parse_assignments({"A"}); }), ContainsSubstring("A has no value"));
    CHECK_THAT(refusal([] {
                   parse_assignments({"A=1", "A=2"});
               }),
               ContainsSubstring("A is given twice"));
    for (const std::string word : {"1A=x", "=x", "A B=x", "A$=x", "ä=x", "'A=x"}) {
        CAPTURE(word);
        CHECK_THAT(refusal([&] {
                       parse_assignments({"OK=1", word});
                   }),
                   ContainsSubstring("is no name of a variable"));
    }
    CHECK(refusal([] { parse_assignments({"hunter2!"}); }).find("hunter2") == std::string::npos);
    CHECK_THAT(refusal([] { removals_of({"A", "A"}); }), ContainsSubstring("given twice"));
    CHECK_THAT(refusal([] { removals_of({"A=1"}); }), ContainsSubstring("no name"));
}

TEST_CASE("an .env that is missing or no file is named") {
    const TemporaryDirectory directory;
    CHECK_THAT(refusal([&] { read_env_file(directory / ".env"); }),
               ContainsSubstring("/.env: there is no such file"));
    fs::create_directory(directory / "folder");
    CHECK_THAT(refusal([&] { read_env_file(directory / "folder"); }),
               ContainsSubstring("/folder: cannot be read: Is a directory"));
    CHECK_THAT(refusal([&] {
                   change_env_file(directory / "folder", {{"A", "1"}}, false);
               }),
               ContainsSubstring("cannot be read"));
}

TEST_CASE("secrets are known by name and by value") {
    for (const char* name : {"DB_PASSWORD", "db_password", "JWT_SECRET", "API_KEY", "GITHUB_TOKEN",
                             "AWS_ACCESS_KEY_ID", "PASS", "PGPASSWORD", "SESSION_COOKIE"}) {
        CAPTURE(name);
        CHECK(is_secret(name, "x"));
        CHECK(masked_value(name, "hunter2") == "********");
        CHECK(masked_value(name, "") == "");
    }
    for (const char* name : {"VERSION", "LOG_LEVEL", "PORT", "COMPASS", "HOST"}) {
        CAPTURE(name);
        CHECK_FALSE(is_secret(name, "x"));
        CHECK(masked_value(name, "x=1:2@3") == "x=1:2@3");
    }
    CHECK(masked_value("DATABASE_URL", "postgres://shop:hunter2@db:5432/shop") ==
          "postgres://shop:********@db:5432/shop");
    CHECK(masked_value("CACHE", "redis://:hunter2@cache") == "redis://:********@cache");
    CHECK(masked_value("URL", "https://u:hun/ter@2@h/x") == "https://u:********@h/x");
    CHECK(masked_value("URLS", "redis://:a1@h,redis://:hunter2@i").find("hunter2") ==
          std::string::npos);
    CHECK(masked_value("URL", "http://shop.example:8080/x") == "http://shop.example:8080/x");
    CHECK(masked_value("DSN", "host=db password=hunter2") == "********");
    CHECK(masked_value("PEM", "-----BEGIN PRIVATE KEY-----\nhunter2") == "********");
}
