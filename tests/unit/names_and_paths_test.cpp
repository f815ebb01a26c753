// Which names splits and variants may have, and where a table's companions lie.
#include "shared/table/names.hpp"
#include "shared/table/paths.hpp"
#include "tests/catch.hpp"

#include <string>

using namespace teal::table;

TEST_CASE("A split's name is what nginx takes in a variable") {
    CHECK(is_split_name("app"));
    CHECK(is_split_name("App_2"));
    CHECK(is_split_name(std::string(63, 'a')));
    for (const char* name : {"", "a-b", "a.b", "a b", "a\n", "\xc3\xa4", "$a"}) {
        CAPTURE(name);
        CHECK_FALSE(is_split_name(name));
    }
    CHECK_FALSE(is_split_name(std::string(64, 'a')));
}

TEST_CASE("A variant's name may have dashes too, but nothing that ends a cookie's field") {
    CHECK(is_variant_name("blue"));
    CHECK(is_variant_name("v1-2_b"));
    CHECK(is_variant_name(std::string(31, 'a')));
    for (const char* name : {"", "a.b", "a;b", "a b", "a=b", "a\"b"}) {
        CAPTURE(name);
        CHECK_FALSE(is_variant_name(name));
    }
    CHECK_FALSE(is_variant_name(std::string(32, 'a')));
}

TEST_CASE("The companions of the default table lie in /run/teal and /var/lib/teal") {
    CHECK(std::string(counters_path_of(kDefaultTablePath).text) == "/run/teal/counters");
    CHECK(std::string(lock_path_of(kDefaultTablePath).text) == "/run/teal/table.lock");
    CHECK(std::string(saved_path_of(kDefaultTablePath).text) == "/var/lib/teal/table");
    CHECK(std::string(secret_path_of(kDefaultTablePath).text) == "/var/lib/teal/secret");
}

TEST_CASE("The companions of a table elsewhere lie beside it") {
    CHECK(std::string(counters_path_of("/srv/x/shop").text) == "/srv/x/counters");
    CHECK(std::string(lock_path_of("/srv/x/shop").text) == "/srv/x/shop.lock");
    CHECK(std::string(saved_path_of("/srv/x/shop").text) == "/srv/x/shop.saved");
    CHECK(std::string(secret_path_of("/srv/x/shop").text) == "/srv/x/secret");
    CHECK(std::string(counters_path_of("shop").text) == "counters");
    CHECK(std::string(saved_path_of("/run/tealish/table").text) == "/run/tealish/table.saved");
}

TEST_CASE("A path that would be too long is empty, not cut") {
    const std::string path = "/" + std::string(kPathBytes - 2, 'p');
    CHECK(std::string(lock_path_of(path.c_str()).text).empty());
}
