// Connection URIs: taken apart by libpq's rules, and never shown with their password.
#include "cli/database/connection_uri.hpp"

#include "cli/error.hpp"
#include "tests/catch.hpp"

using namespace teal::cli;
using namespace teal::cli::database;
using Catch::Matchers::ContainsSubstring;

namespace {

ConnectionUri read(const std::string& text) {
    return parse_connection_uri("DATABASE_URL", text);
}

std::string covered(std::string text) {
    cover_password(text.data());
    return text;
}

}  // namespace

TEST_CASE("a URI is taken apart, and its password goes another way than the rest") {
    const ConnectionUri uri = read(
        "postgresql://shop:p%40ss%3Aw%2Frd@db.example:6432/my%20shop?sslmode=require&"
        "connect_timeout=3");
    CHECK(uri.user == "shop");
    CHECK(uri.password == "p@ss:w/rd");
    CHECK(uri.hosts == "db.example:6432");
    CHECK(uri.database == "my shop");
    CHECK(uri.parameter("sslmode") == "require");
    CHECK(uri.text() ==
          "postgresql://shop@db.example:6432/my%20shop?sslmode=require&connect_timeout=3");
    CHECK(uri.text("other/db") ==
          "postgresql://shop@db.example:6432/other%2Fdb?sslmode=require&"
          "connect_timeout=3");
}

TEST_CASE("a password among the parameters is a password too") {
    const ConnectionUri uri = read("postgres:///shop?host=%2Frun%2Fpg&user=ann&password=s%26cret");
    CHECK(uri.password == "s&cret");
    CHECK(uri.parameter("host") == "/run/pg");
    CHECK(uri.text() == "postgresql:///shop?host=%2Frun%2Fpg&user=ann");
}

TEST_CASE("what other libraries write is read") {
    CHECK(read("postgresql+asyncpg://a:b@h/d").text() == "postgresql://a@h/d");
    const ConnectionUri prisma = read("postgresql://a:b@h:5432/d?schema=public&sslmode=prefer");
    CHECK(prisma.left_out == std::vector<std::string>{"schema"});
    CHECK(prisma.text() == "postgresql://a@h:5432/d?sslmode=prefer");
    CHECK(read("postgresql://[::1],other:5433/d").hosts == "[::1],other:5433");
    CHECK(read("postgresql://").text() == "postgresql:///");
}

TEST_CASE("a wrong URI is refused without showing it") {
    for (const char* text : {"mysql://a:secret@h/d", "host=h password=secret", "", "secret",
                             "postgresql://a:secret%4@h/d", "postgresql://a:secret%00@h/d",
                             "postgresql://a:secret@b@h/d", "postgresql://a:secret@h/d?sslmode",
                             "postgresql://a@h/d?sslpassword=secret"}) {
        INFO(text);
        try {
            read(text);
            FAIL("it was read");
        } catch (const Error& error) {
            CHECK(error.code() == ExitCode::usage);
            CHECK_THAT(error.what(), ContainsSubstring("DATABASE_URL"));
            CHECK_THAT(error.what() + error.next_step(), !ContainsSubstring("secret"));
        }
    }
}

TEST_CASE("passwords in a command line are covered in place") {
    CHECK(covered("--database=postgresql://ann:secret@h/d") ==
          "--database=postgresql://ann:******@h/d");
    CHECK(covered("postgresql://ann:se@cret@h/d") == "postgresql://ann:*******@h/d");
    CHECK(covered("postgresql:///d?password=secret&user=ann&password=x") ==
          "postgresql:///d?password=******&user=ann&password=*");
    for (const char* as_it_was :
         {"postgresql://ann@h:5432/d", "http://127.0.0.1:8080/", "SELECT 'a:b@c'", "", "://"}) {
        CHECK(covered(as_it_was) == as_it_was);
    }
}
