// A full disk stops a publication before it changes anything, and only until there is space again.
#include "shared/table/writing/publisher.hpp"
#include "tests/catch.hpp"
#include "tests/fixtures/file_bytes.hpp"
#include "tests/fixtures/sample_table.hpp"
#include "tests/fixtures/small_tmpfs.hpp"

#include <string>

using namespace teal::table;
using Catch::Matchers::ContainsSubstring;
using teal::fixtures::bytes_of;
using teal::fixtures::open_and_read;
using teal::fixtures::same_publication;
using teal::fixtures::sample_image;
using teal::fixtures::SmallTmpfs;
using teal::fixtures::TemporaryDirectory;
using teal::fixtures::variant;

namespace {

constexpr std::size_t kTmpfsBytes = 512 * 1024;

// Needs more pages than the sample does.
TableImage grown(TableImage image) {
    for (int i = 0; i < 20; ++i) {
        image.splits.push_back(teal::fixtures::split(
            "more" + std::to_string(i), 1, {variant("blue", kTotalPpm, {"10.0.0.1:80"})}));
    }
    return image;
}

}  // namespace

TEST_CASE("A publication that does not fit on a full tmpfs fails and changes nothing") {
    const SmallTmpfs tmpfs(kTmpfsBytes);
    if (!tmpfs.mounted()) {
        WARN("skipped: " << tmpfs.reason());
        return;
    }
    const TemporaryDirectory elsewhere;
    const std::string table = tmpfs / "table";
    const std::string saved = elsewhere / "saved";
    create_table(table, 64);
    TableImage image = sample_image();
    publish(table, saved, image);
    tmpfs.fill();
    const std::string before = bytes_of(table);
    const std::string saved_before = bytes_of(saved);

    TableImage larger = grown(image);
    CHECK_THROWS_WITH(publish(table, saved, larger), ContainsSubstring("no room"));
    CHECK(bytes_of(table) == before);
    CHECK(bytes_of(saved) == saved_before);
    TableImage read;
    REQUIRE(open_and_read(table, read) == Health::ok);
    CHECK(same_publication(read, image));

    tmpfs.free_space();
    larger = grown(image);
    CHECK(publish(table, saved, larger).generation == 2);
    REQUIRE(open_and_read(table, read) == Health::ok);
    CHECK(same_publication(read, larger));
}

TEST_CASE("Space that was reserved once serves on a full tmpfs: a rollback always fits") {
    const SmallTmpfs tmpfs(kTmpfsBytes);
    if (!tmpfs.mounted()) {
        WARN("skipped: " << tmpfs.reason());
        return;
    }
    const TemporaryDirectory elsewhere;
    create_table(tmpfs / "table", 64);
    TableImage image = sample_image();
    publish(tmpfs / "table", elsewhere / "saved", image);
    tmpfs.fill();
    image.splits[0].salt += 1;
    CHECK(publish(tmpfs / "table", elsewhere / "saved", image).generation == 2);
    image.splits[0].salt += 1;
    CHECK(publish(tmpfs / "table", elsewhere / "saved", image).generation == 3);
}

TEST_CASE("A saved copy that finds no room stops the publication too") {
    const SmallTmpfs tmpfs(kTmpfsBytes);
    if (!tmpfs.mounted()) {
        WARN("skipped: " << tmpfs.reason());
        return;
    }
    const TemporaryDirectory elsewhere;
    const std::string table = elsewhere / "table";
    create_table(table, 64);
    TableImage image = sample_image();
    publish(table, tmpfs / "saved", image);
    const std::string saved_before = bytes_of(tmpfs / "saved");
    tmpfs.fill();
    const std::string before = bytes_of(table);
    CHECK_THROWS_AS(publish(table, tmpfs / "saved", image), PublishError);
    CHECK(bytes_of(table) == before);
    CHECK(bytes_of(tmpfs / "saved") == saved_before);
    tmpfs.free_space();
    CHECK(publish(table, tmpfs / "saved", image).generation == 2);
}

TEST_CASE("A table that finds no room is not made") {
    const SmallTmpfs tmpfs(kTmpfsBytes);
    if (!tmpfs.mounted()) {
        WARN("skipped: " << tmpfs.reason());
        return;
    }
    tmpfs.fill();
    CHECK_THROWS_AS(create_table(tmpfs / "table", 64), PublishError);
    CHECK(access((tmpfs / "table").c_str(), F_OK) != 0);
    tmpfs.free_space();
    CHECK(create_table(tmpfs / "table", 64));
}
