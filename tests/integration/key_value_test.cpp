// The module reads cookies in a key itself. It must find what nginx's $cookie_NAME finds, in any
// Cookie header: beside a split keyed by the cookie stands one keyed by a map's copy of nginx's own
// value, with the same salt, and both must decide alike.
#include <filesystem>
#include <string>
#include <vector>

#include "tests/catch.hpp"
#include "tests/fixtures/sample_table.hpp"
#include "tests/harness/http_client.hpp"
#include "tests/harness/nginx_server.hpp"

using namespace teal;
using namespace teal::harness;

namespace {

constexpr char kVariants[] =
    "variant a; variant b; variant c; variant d; variant e; variant f; variant g; variant h; "
    "default a;";

table::SplitImage eighths(const std::string& name) {
    std::vector<table::VariantImage> variants;
    for (char letter = 'a'; letter <= 'h'; ++letter) {
        variants.push_back(fixtures::variant(std::string(1, letter), 125'000));
    }
    return fixtures::split(name, 4711, variants);
}

struct TwoWays {
    fixtures::TableFiles files;
    Workspace workspace;
    std::uint16_t port = workspace.free_port();
    NginxServer nginx;

    explicit TwoWays(const std::string& extra = {}, const std::string& in_server = {})
        : nginx(workspace,
                {.http = "teal_table " + files.table + ";\n" +
                         "map $cookie_session $copy { default $cookie_session; }\n" + extra +
                         "teal_split ours { " + kVariants + " key $cookie_session none; }\n" +
                         "teal_split theirs { " + kVariants + " key $copy none; }\n" +
                         "server { listen 127.0.0.1:" + std::to_string(port) + ";\n" + in_server +
                         "location / { return 200 \"$teal_ours$teal_theirs\"; } }\n"}) {
        std::filesystem::permissions(files.directory.path(), std::filesystem::perms{0755});
        table::TableImage image;
        image.splits.push_back(eighths("ours"));
        image.splits.push_back(eighths("theirs"));
        files.publish(image);
        nginx.start();
    }

    std::string ask(const Fields& fields) {
        return http_get(Endpoint::loopback(port), "/", fields).body;
    }
};

}  // namespace

TEST_CASE("a cookie in a key is read as nginx reads it", "[key]") {
    TwoWays site;
    const std::vector<std::string> headers = {
        "session=",
        "session=1",
        "SESSION=2",
        "Session =3",
        "session= 4",
        "session = 5 ",
        "session",
        "session;session=6",
        "xsession=7",
        "sessionx=8",
        "a=b; session=9",
        "a=b;session=10; c=d",
        "a=b,session=11",
        "session=12,13",
        "session==14",
        "a=session=15; session=16",
        "; session=17",
        ";;  ;session=18;",
        "session =;",
        "session 19; session=20",
        "session=21; session=22",
        "s=1; se=2; ses=3; session=23",
        "a b; session=\"24\"",
        "",
        "=",
        ";",
        ",",
        "session=a=b;",
        "sessio",
        "sessionsession=25",
        " session=26",
    };
    std::string seen;
    for (const auto& header : headers) {
        const std::string both = site.ask({{"Cookie", header}});
        INFO("Cookie: " << header << " gave " << both);
        REQUIRE(both.size() == 2);
        CHECK(both[0] == both[1]);
        seen += both[0];
    }
    // The control: had all been read as nothing, all would have gone the way of "none".
    CHECK(seen.find_first_not_of(seen[0]) != std::string::npos);
    CHECK(site.ask({}).at(0) == site.ask({}).at(1));
    const std::string two = site.ask({{"Cookie", "a=b"}, {"Cookie", "session=27"}});
    CHECK(two.at(0) == two.at(1));
}

TEST_CASE("a variable of a cookie's name that nginx.conf defines is taken as defined", "[key]") {
    TwoWays site("", "set $cookie_session fixed;");
    for (int i = 0; i < 12; ++i) {
        const std::string both = site.ask({{"Cookie", "session=" + std::to_string(i)}});
        REQUIRE(both.size() == 2);
        CHECK(both[0] == both[1]);
        CHECK(both == site.ask({}));
    }
}
