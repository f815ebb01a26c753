// What a publication changes, what it leaves alone, and what it refuses.
#include "shared/table/writing/publisher.hpp"
#include "tests/catch.hpp"
#include "tests/fixtures/file_bytes.hpp"
#include "tests/fixtures/sample_table.hpp"

#include <sys/stat.h>
#include <unistd.h>
#include <filesystem>
#include <string>

using namespace teal::table;
using Catch::Matchers::ContainsSubstring;
using teal::fixtures::bytes_of;
using teal::fixtures::open_and_read;
using teal::fixtures::same_publication;
using teal::fixtures::sample_image;
using teal::fixtures::TableFiles;
using teal::fixtures::variant;

TEST_CASE("What was published is what is read") {
    const TableFiles files;
    TableImage image = sample_image();
    const Publication publication = files.publish(image);
    CHECK(publication.generation == 1);
    CHECK(publication.save_warning.empty());
    CHECK(publication.published_unix_ns >= image.published_unix_ns);
    TableImage read;
    REQUIRE(open_and_read(files.table, read) == Health::ok);
    CHECK(same_publication(read, image));
}

TEST_CASE("A table without splits can be published") {
    const TableFiles files;
    TableImage image;
    files.publish(image);
    TableImage read;
    CHECK(open_and_read(files.table, read) == Health::ok);
    CHECK(read.generation == 1);
    CHECK(read.splits.empty());
}

TEST_CASE("Only a changed split gets a new changed_generation") {
    const TableFiles files;
    TableImage image = sample_image();
    files.publish(image);
    image.find("api")->salt = 43;
    files.publish(image);
    CHECK(image.find("app")->changed_generation == 1);
    CHECK(image.find("api")->changed_generation == 2);
    files.publish(image);
    CHECK(image.generation == 3);
    CHECK(image.find("api")->changed_generation == 2);
}

TEST_CASE("Only an added or removed split makes a new membership_generation") {
    const TableFiles files;
    TableImage image = sample_image();
    files.publish(image);
    image.find("app")->salt = 1;
    files.publish(image);
    CHECK(image.membership_generation == 1);
    image.splits.pop_back();
    files.publish(image);
    CHECK(image.membership_generation == 3);
}

TEST_CASE("A publication asked to be above a number is") {
    const TableFiles files;
    TableImage image = sample_image();
    CHECK(publish(files.table, files.saved, image, 1000).generation == 1000);
    CHECK(files.publish(image).generation == 1001);
    CHECK(publish(files.table, files.saved, image, 7).generation == 1002);
    TableImage read;
    REQUIRE(open_and_read(files.table, read) == Health::ok);
    CHECK(same_publication(read, image));
}

TEST_CASE("A jump of the generation spares the buffer that is being read") {
    const TableFiles files;
    TableImage image = sample_image();
    for (const std::uint64_t lowest : std::initializer_list<std::uint64_t>{1, 11, 21, 22, 32}) {
        const std::uint64_t before = image.generation;
        publish(files.table, files.saved, image, lowest);
        CAPTURE(before, image.generation);
        CHECK(image.generation >= lowest);
        CHECK((image.generation & 1) != (before & 1));
        TableImage read;
        REQUIRE(open_and_read(files.table, read) == Health::ok);
        CHECK(same_publication(read, image));
    }
}

TEST_CASE("The bell tells the generation") {
    const TableFiles files;
    TableImage image = sample_image();
    files.publish(image);
    files.publish(image);
    Reader reader;
    int error = 0;
    std::uint32_t version = 0;
    REQUIRE(reader.open(files.table.c_str(), &error, &version) == Health::ok);
    CHECK(reader.header().bell == 2);
}

TEST_CASE("A table is made once and never made over") {
    const TableFiles files;
    TableImage image = sample_image();
    files.publish(image);
    const std::string before = bytes_of(files.table);
    CHECK_FALSE(create_table(files.table, 64));
    CHECK(bytes_of(files.table) == before);
}

TEST_CASE("A table can be read by nginx's workers whatever the umask was") {
    const mode_t before = umask(0077);
    const TableFiles files;
    umask(before);
    struct stat status {};
    REQUIRE(stat(files.table.c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0644);
}

TEST_CASE("A maker that was killed under our pid is not in the way") {
    const teal::fixtures::TemporaryDirectory directory;
    const std::string table = directory / "table";
    teal::fixtures::write_bytes(table + ".new." + std::to_string(getpid()), "half a table");
    CHECK(create_table(table, 4));
}

TEST_CASE("Nothing but the table stays behind when it was made") {
    const TableFiles files;
    TableImage image = sample_image();
    files.publish(image);
    std::size_t found = 0;
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(files.directory.path())) {
        found += entry.is_regular_file() ? 1u : 0u;
    }
    CHECK(found == 2);  // the table and its saved copy
}

TEST_CASE("More splits than the table was made for are refused, and nothing changes") {
    const TableFiles files(2);
    TableImage image = sample_image();
    files.publish(image);
    const std::string before = bytes_of(files.table);
    TableImage larger = image;
    larger.splits.push_back(larger.splits[0]);
    larger.splits.back().name = "third";
    CHECK_THROWS_WITH(files.publish(larger),
                      ContainsSubstring("3 splits do not fit into a table made for 2"));
    CHECK(bytes_of(files.table) == before);
}

TEST_CASE("A full table of the largest splits can be published") {
    const TableFiles files(2);
    TableImage image;
    for (const char* name : {"one", "two"}) {
        SplitImage split;
        split.name = name;
        for (std::uint32_t v = 0; v < kMaxVariants; ++v) {
            split.variants.push_back(variant("v" + std::to_string(v), kTotalPpm / kMaxVariants));
            for (std::uint32_t e = 0; e < kMaxEndpoints; ++e) {
                split.variants.back().endpoints.push_back(
                    teal::fixtures::endpoint("10.0.0.1:" + std::to_string(1 + e), e));
            }
        }
        split.apply_weights();
        image.splits.push_back(split);
    }
    files.publish(image);
    files.publish(image);
    TableImage read;
    REQUIRE(open_and_read(files.table, read) == Health::ok);
    CHECK(same_publication(read, image));
}

TEST_CASE("What the file cannot hold is refused by name before anything is written") {
    const TableFiles files;
    TableImage image = sample_image();
    files.publish(image);
    const std::string before = bytes_of(files.table);
    SplitImage& app = image.splits[0];
    SECTION("a split's name that is too long") {
        app.name = std::string(64, 'a');
        CHECK_THROWS_WITH(files.publish(image), ContainsSubstring(app.name));
    }
    SECTION("a variant's name that is too long") {
        app.variants[1].name = std::string(32, 'b');
        CHECK_THROWS_WITH(files.publish(image), ContainsSubstring(app.variants[1].name));
    }
    SECTION("too many variants") {
        for (int i = 0; i < 7; ++i) {
            app.variants.push_back(variant("v" + std::to_string(i), 0));
        }
        CHECK_THROWS_WITH(files.publish(image), ContainsSubstring("app"));
    }
    SECTION("no variant") {
        app.variants.clear();
        app.ring.clear();
        CHECK_THROWS_WITH(files.publish(image), ContainsSubstring("app"));
    }
    SECTION("too many endpoints") {
        app.variants[0].endpoints.resize(65, app.variants[0].endpoints[0]);
        CHECK_THROWS_WITH(files.publish(image), ContainsSubstring("blue"));
    }
    SECTION("a ring that was not cut to the weights") {
        app.variants[0].weight_ppm -= 1;
        app.variants[1].weight_ppm += 1;
        CHECK_THROWS_WITH(files.publish(image), ContainsSubstring("app"));
    }
    SECTION("two splits of one name") {
        image.splits[1].name = "app";
        CHECK_THROWS_WITH(files.publish(image), ContainsSubstring("app"));
    }
    CHECK(bytes_of(files.table) == before);
}

TEST_CASE("Nothing is published into a file that is no table") {
    const teal::fixtures::TemporaryDirectory directory;
    const std::string path = directory / "table";
    teal::fixtures::write_bytes(path, std::string(100'000, 'x'));
    TableImage image = sample_image();
    CHECK_THROWS_WITH(publish(path, directory / "saved", image),
                      ContainsSubstring("not a teal table"));
    CHECK(bytes_of(path) == std::string(100'000, 'x'));
}
