// The pictures of `teal traffic watch`: what they show, and that nothing is ever wider than the
// terminal, in either character set.
#include "cli/output/watch_view.hpp"
#include "cli/output/drawing.hpp"
#include "cli/output/screen.hpp"
#include "tests/catch.hpp"

#include <cmath>
#include <cstdlib>
#include <limits>
#include <sstream>
#include <string>

using namespace teal::cli;
using Catch::Matchers::ContainsSubstring;

namespace {

VariantPicture variant(const std::string& name, std::uint32_t weight_ppm, double rate,
                       double errors, double p99_us) {
    VariantPicture made;
    made.name = name;
    made.weight_ppm = weight_ppm;
    made.in_nginx = true;
    made.traffic.requests_per_s = rate;
    made.traffic.error_share = errors;
    made.traffic.total.p99_us = p99_us;
    made.traffic.in_flight = 3;
    return made;
}

TrafficPicture picture_of(int n) {
    TrafficPicture picture;
    picture.generation = 7;
    picture.applied.workers = 2;
    SplitPicture split;
    split.name = "app";
    split.in_nginx = true;
    split.variants = {variant("blue", 900'000, 1000 + 10 * n, 0, 3840),
                      variant("a-variant-with-a-long-name", 100'000, n, 0.015 * (n % 2), 250'000)};
    picture.splits.push_back(split);
    return picture;
}

RampPicture ramp() {
    RampPicture picture;
    picture.ramp.splits = {{.split = "app", .canary = "green", .baseline = "blue"}};
    picture.ramp.terms.steps = {50'000, 250'000, 500'000, 1'000'000};
    picture.ramp.weight_ppm = 250'000;
    picture.held_ns = 45'000'000'000;
    picture.left_ns = 15'000'000'000;
    RampSplitPicture split;
    split.split = "app";
    split.canary.variant = "green";
    split.log_evidence = 2.3;
    split.threshold = 9.2;
    split.log_no_worse = 1.5;
    split.promotion_threshold = 3.0;
    picture.splits.push_back(split);
    picture.waits = "for evidence that green is no worse";
    return picture;
}

struct Drawn {
    WatchHistory history;
    WatchFrame frame;

    explicit Drawn(int views = 100) {
        for (int i = 0; i < views; ++i) {
            frame.picture = picture_of(i);
            history.add(frame.picture);
        }
        frame.ramps.push_back(ramp());
        frame.clock = "14:30:01";
    }
    std::string at(std::size_t columns, Charset charset) const {
        return draw_watch(frame, history, columns, charset);
    }
};

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) {
        lines.push_back(line);
    }
    return lines;
}

std::vector<std::optional<double>> values(std::initializer_list<double> list) {
    return {list.begin(), list.end()};
}

bool is_ascii(const std::string& text) {
    for (const char c : text) {
        if (static_cast<unsigned char>(c) >= 0x80) {
            return false;
        }
    }
    return true;
}

// Sets a variable for as long as it lives.
class Variable {
public:
    Variable(const char* name, const char* value) : name_(name) {
        if (const char* now = std::getenv(name); now != nullptr) {
            before_ = now;
        }
        value == nullptr ? unsetenv(name) : setenv(name, value, 1);
    }
    ~Variable() { before_ ? setenv(name_, before_->c_str(), 1) : unsetenv(name_); }
    Variable(const Variable&) = delete;
    Variable& operator=(const Variable&) = delete;

private:
    const char* name_;
    std::optional<std::string> before_;
};

}  // namespace

TEST_CASE("A sparkline shows the newest values, and never takes something for nothing") {
    CHECK(sparkline(values({0, 1, 4, 7, 8}), 5, 8, Charset::unicode) == "▁▂▅██");
    CHECK(sparkline(values({0, 1, 4, 7, 8}), 5, 8, Charset::ascii) == "_.=##");
    CHECK(sparkline(values({1, 2, 3}), 2, 3, Charset::unicode) == "▆█");
    CHECK(sparkline(values({3}), 4, 3, Charset::unicode) == "   █");
    CHECK(sparkline({std::nullopt, 0.0, 0.0001}, 3, 100, Charset::unicode) == " ▁▂");
    CHECK(sparkline(values({5, 500}), 2, 10, Charset::unicode) == "▅█");
    CHECK(sparkline(values({5, -1}), 2, 0, Charset::unicode) == "▁▁");
    CHECK(sparkline(values({std::nan("")}), 1, 1, Charset::unicode) == "▁");
    CHECK(sparkline({}, 3, 1, Charset::unicode) == "   ");
    CHECK(sparkline(values({1}), 0, 1, Charset::unicode).empty());
}

TEST_CASE("A bar is as long as its part") {
    CHECK(bar(0.5, 4, Charset::unicode) == "██░░");
    CHECK(bar(0.5, 4, Charset::ascii) == "##--");
    CHECK(bar(-1, 2, Charset::ascii) == "--");
    CHECK(bar(7, 2, Charset::ascii) == "##");
    CHECK(bar(std::nan(""), 2, Charset::ascii) == "--");
    CHECK(bar(-std::numeric_limits<double>::infinity(), 2, Charset::ascii) == "--");
}

TEST_CASE("A text is fitted by columns, not bytes") {
    CHECK(fitted("ab", 4, Align::left, Charset::ascii) == "ab  ");
    CHECK(fitted("ab", 4, Align::right, Charset::ascii) == "  ab");
    CHECK(fitted("abcdef", 4, Align::left, Charset::ascii) == "abc~");
    CHECK(fitted("äöüß", 3, Align::left, Charset::unicode) == "äö…");
    CHECK(fitted("äö", 3, Align::right, Charset::unicode) == " äö");
    CHECK(fitted("ab", 0, Align::left, Charset::unicode).empty());
    CHECK(in_charset("a · b → ä", Charset::ascii) == "a | b > ?");
}

TEST_CASE("The character set is the locale's") {
    const Variable all("LC_ALL", nullptr);
    const Variable type("LC_CTYPE", nullptr);
    const Variable lang("LANG", "en_US.UTF-8");
    CHECK(terminal_charset() == Charset::unicode);
    const Variable over("LC_CTYPE", "C");
    CHECK(terminal_charset() == Charset::ascii);
    const Variable above("LC_ALL", "C.utf8");
    CHECK(terminal_charset() == Charset::unicode);
    const Variable empty("LC_ALL", "");
    CHECK(terminal_charset() == Charset::ascii);
}

TEST_CASE("No line of a watch is wider than the terminal, whatever its size") {
    const Drawn drawn;
    for (std::size_t columns = 1; columns <= 300; ++columns) {
        for (const Charset charset : {Charset::ascii, Charset::unicode}) {
            const std::string text = drawn.at(columns, charset);
            CAPTURE(columns, text);
            for (const std::string& line : lines_of(text)) {
                CHECK(width_of(line) <= columns);
            }
            CHECK(text.find('\033') == std::string::npos);
            if (charset == Charset::ascii) {
                CHECK(is_ascii(text));
            }
        }
    }
}

TEST_CASE("Eighty columns have all of it") {
    const std::vector<std::string> lines = lines_of(Drawn().at(80, Charset::unicode));
    REQUIRE(lines.size() == 11);
    CHECK(lines[0] == "14:30:01 · generation 7 · applied by 2 of 2 workers");
    CHECK_THAT(lines[1], ContainsSubstring("REQUESTS"));
    CHECK(lines[2] == "app");
    CHECK_THAT(lines[3], ContainsSubstring("blue"));
    CHECK_THAT(lines[3], ContainsSubstring("1990/s"));
    CHECK_THAT(lines[3], ContainsSubstring("█"));
    CHECK_THAT(lines[3], ContainsSubstring("3.84 ms"));
    CHECK_THAT(lines[4], ContainsSubstring("a-variant-w…"));
    CHECK_THAT(lines[4], ContainsSubstring("1.50 %"));
    CHECK_THAT(lines[4], ContainsSubstring("█▁█"));  // the errors of every other view
    CHECK_THAT(lines[6], ContainsSubstring("canary green of app: running · 5 % [25 %] 50 % 100 %"));
    CHECK_THAT(lines[7], ContainsSubstring("███████████████░░░░░ 45 s, 15 s left"));
    CHECK_THAT(lines[8], ContainsSubstring("█████░░░░░░░░░░░░░░░ ln E 2.30 of 9.20"));
    CHECK_THAT(lines[9], ContainsSubstring("██████████░░░░░░░░░░ ln E 1.50 of 3.00"));
    CHECK(lines[10] == "  for evidence that green is no worse");
}

TEST_CASE("A narrow terminal still has each variant's numbers") {
    const std::string text = Drawn().at(30, Charset::ascii);
    CHECK_THAT(text, ContainsSubstring(" blue 90 %\n  1990/s 0 % 3.84 ms\n"));
    CHECK_THAT(text, ContainsSubstring("ln E 2.30"));
}

TEST_CASE("Nothing to show is shown, too") {
    WatchFrame frame;
    frame.clock = "14:30:01";
    const WatchHistory history;
    CHECK(draw_watch(frame, history, 80, Charset::ascii) ==
          "14:30:01 | generation 0 | no live nginx worker\n");
    frame.picture = picture_of(1);
    CHECK_THAT(draw_watch(frame, history, 80, Charset::ascii), ContainsSubstring("blue"));
}

TEST_CASE("Elsewhere than on a terminal a view is one line") {
    const Drawn drawn;
    const std::string line = watch_line(drawn.frame);
    CHECK(line.find('\n') == std::string::npos);
    CHECK_THAT(line, ContainsSubstring(
                         "14:30:01 generation 7 applied 2/2; app blue 90 % 1990/s errors 0 % p99"));
    CHECK_THAT(line, ContainsSubstring("canary green of app 25 % running ln E 2.30 of 9.20"));
}
