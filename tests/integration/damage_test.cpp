// Whatever happens to our files while nginx runs, requests are answered: by the last good copy of
// the table, else by the default variant; it is logged once, and what is mended is taken up.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <random>
#include <string>

#include "shared/hash/key_hash.hpp"
#include "tests/fixtures/child_process.hpp"
#include "tests/fixtures/file_bytes.hpp"
#include "tests/harness/load.hpp"
#include "tests/harness/wait.hpp"
#include "tests/integration/site.hpp"

using namespace teal;
using namespace teal::integration;
using namespace teal::harness;
using namespace std::chrono_literals;

namespace {

// A site whose split stands on green, under load; the split's default is blue, so that falling
// back to it would be seen.
struct GreenSite : Site {
    explicit GreenSite(SiteOptions options = {.workers = 2}) : Site(options) {
        control.set("app", {{"blue", 0}, {"green", 100}});
        load.start();
        load.wait_for_more(100, 20s);
    }
    // No request failed or left green since the beginning.
    void check_green() {
        load.wait_for_more(200, 20s);
        const auto results = load.results();
        INFO(results.summary());
        CHECK(results.failed() == 0);
        CHECK(results.count("green") == results.total());
    }
    // A new table under the old name, as `teal init` and `teal traffic set` would make it.
    void mend() const {
        ControlPlane fresh;
        publish_app(fresh, blue.address(), green.address());
        // A saved table goes on with its generation; ours must not be older than what nginx has.
        for (int i = 0; i < 5; ++i) {
            fresh.publish([](table::TableImage&) {});
        }
        const std::string aside = control.table + ".fresh";
        fixtures::write_bytes(aside, fixtures::bytes_of(fresh.table));
        ::chmod(aside.c_str(), 0644);
        ::rename(aside.c_str(), control.table.c_str());
    }
    void check_mended() {
        wait_until([&] { return decided() == "blue only"; }, 10s, "the new table is in use");
        load.stop();
        CHECK(load.failed() == 0);
        CHECK(nginx.log().lines_with("in use, generation").size() <= 2);  // each worker once
    }

    Load load{{.target = front(), .connections = 8, .path = "/?key={n}"}};
};

// Replaces the table by these bytes under a new inode.
void replace_table(const ControlPlane& control, const std::string& bytes, mode_t mode = 0644) {
    const std::string aside = control.table + ".other";
    fixtures::write_bytes(aside, bytes);
    ::chmod(aside.c_str(), mode);
    ::rename(aside.c_str(), control.table.c_str());
}

std::string resealed(std::string bytes) {
    auto& header = *reinterpret_cast<table::Header*>(bytes.data());
    header.checksum = checksum(bytes.data(), offsetof(table::Header, checksum));
    return bytes;
}

}  // namespace

TEST_CASE("a table that is made after nginx started is taken up", "[damage]") {
    Site site({.start = false, .publish = false});
    ::unlink(site.control.table.c_str());
    site.nginx.start();
    CHECK(site.decided() == "blue default");
    table::create_table(site.control.table, 4);
    publish_app(site.control, site.blue.address(), site.green.address());
    site.control.wait_applied(1);
    CHECK(site.decided() == "blue only");
    CHECK(site.get().status == 200);
    CHECK(site.nginx.log().lines_with("is missing").size() == 1);
}

TEST_CASE("a table that goes away while nginx runs is not missed", "[damage]") {
    GreenSite site;
    ::unlink(site.control.table.c_str());
    wait_until([&] { return site.nginx.log().lines_with("is missing").size() == 2; }, 10s,
               "both workers have said so");
    site.check_green();
    CHECK(site.nginx.log().lines_with("is missing, keeping the last good copy").size() == 2);
    site.mend();
    site.check_mended();
}

TEST_CASE("a table that is cut short under load is not missed", "[damage]") {
    const bool to_nothing = GENERATE(true, false);
    CAPTURE(to_nothing);
    GreenSite site;
    const auto size = std::filesystem::file_size(site.control.table);
    REQUIRE(::truncate(site.control.table.c_str(), to_nothing ? 0 : static_cast<off_t>(size / 2)) ==
            0);
    wait_until(
        [&] { return site.nginx.log().lines_with("keeping the last good copy").size() >= 2; }, 10s,
        "both workers have said so");
    site.check_green();
    CHECK(site.nginx.log().lines_with("keeping the last good copy").size() <= 4);
    site.mend();
    site.check_mended();
}

TEST_CASE("a table overwritten with anything is not believed", "[damage]") {
    const int what = GENERATE(0, 1, 2);
    CAPTURE(what);
    GreenSite site;
    std::string bytes = fixtures::bytes_of(site.control.table);
    std::mt19937 random(7);
    const std::size_t begin = what == 1 ? table::kHeaderBytes : 0;
    const std::size_t end = what == 0 ? table::kHeaderBytes : bytes.size();
    for (std::size_t i = begin; i < std::min(end, begin + 200'000); ++i) {
        bytes[i] = what == 2 ? '\0' : static_cast<char>(random());
    }
    const UniqueFd file(::open(site.control.table.c_str(), O_WRONLY));
    REQUIRE(::pwrite(file.get(), bytes.data(), bytes.size(), 0) ==
            static_cast<ssize_t>(bytes.size()));
    site.check_green();
    site.mend();
    site.check_mended();
}

TEST_CASE("a table of another version, kind or mode is refused by name", "[damage]") {
    struct Other {
        const char* name;
        std::string bytes;
        mode_t mode;
        const char* words;
    };
    GreenSite site;
    const std::string good = fixtures::bytes_of(site.control.table);
    std::string newer = good;
    reinterpret_cast<table::Header*>(newer.data())->layout_version = 2;
    std::string older = good;
    reinterpret_cast<table::Header*>(older.data())->layout_version = 0;
    std::string foreign = good;
    foreign[0] = 'X';
    const std::vector<Other> others = {
        {"newer", resealed(newer), 0644, "has layout version 2, this module reads 1"},
        {"older", resealed(older), 0644, "has layout version 0, this module reads 1"},
        {"foreign", foreign, 0644, "not a teal table"},
        {"empty", "", 0644, "not a teal table"},
        {"writable for all", good, 0666, "writ"},
        {"unreadable", good, 0600, "Permission denied"},
    };
    std::size_t mended = 0;
    for (const Other& other : others) {
        CAPTURE(other.name);
        const auto before = site.nginx.log().lines_with(other.words).size();
        replace_table(site.control, other.bytes, other.mode);
        CHECK(becomes_true(
            [&] { return site.nginx.log().lines_with(other.words).size() >= before + 2; }, 10s));
        site.check_green();
        CHECK(site.nginx.log().lines_with(other.words).size() == before + 2);
        mended += 2;
        replace_table(site.control, good);
        wait_until([&] { return site.nginx.log().lines_with("in use, gen").size() == mended; }, 10s,
                   "both workers use the good one again");
    }
    site.load.stop();
}

TEST_CASE("a table others may write is not used from the start either", "[damage]") {
    Site site({.start = false});
    ::chmod(site.control.table.c_str(), 0666);
    site.nginx.start();
    CHECK(site.decided() == "blue default");
    CHECK(site.nginx.log().lines_with("using each split's default variant").size() == 1);
}

TEST_CASE("a writer stopped in the middle of its work holds up nobody", "[damage]") {
    GreenSite site;
    fixtures::ChildProcess writer([&] {
        for (;;) {
            site.control.publish([](table::TableImage& image) { ++image.find("app")->salt; });
        }
        return 0;
    });
    for (int i = 0; i < 30; ++i) {
        const auto before = site.control.generation();
        wait_until([&] { return site.control.generation() > before + 3; }, 10s, "it publishes");
        writer.stop();
        site.load.wait_for_more(50, 20s);
        writer.kill(SIGCONT);
    }
    writer.kill(SIGKILL);
    writer.wait();
    site.check_green();
    site.control.set("app", {{"blue", 100}, {"green", 0}});  // its lock went with it
    CHECK(site.decided() == "blue only");
}

TEST_CASE("two hundred writers killed at any moment leave a good table", "[damage]") {
    GreenSite site;
    std::mt19937 random(42);
    for (int i = 0; i < 200; ++i) {
        const auto before = site.control.generation();
        fixtures::ChildProcess writer([&] {
            for (;;) {
                site.control.publish([](table::TableImage& image) { ++image.find("app")->salt; });
            }
            return 0;
        });
        wait_until([&] { return site.control.generation() > before; }, 10s, "it publishes");
        for (auto spins = random() % 20'000; spins != 0; --spins) {
            std::atomic_signal_fence(std::memory_order_seq_cst);
        }
        writer.kill(SIGKILL);
        writer.wait();
        table::TableImage image;
        REQUIRE(fixtures::open_and_read(site.control.table, image) == table::Health::ok);
    }
    site.control.set("app", {{"blue", 0}, {"green", 100}});
    site.check_green();
}
