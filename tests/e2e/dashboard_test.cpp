// The dashboard in a real Chromium, on a real nginx under load: what an operator sees, and how
// soon. Its pictures are kept in the build directory's artefacts/.
#include "tests/catch.hpp"
#include "tests/harness/browser.hpp"
#include "tests/harness/load.hpp"
#include "tests/harness/wait.hpp"
#include "tests/integration/hold_site.hpp"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <fstream>

using namespace teal;
using namespace teal::harness;
using namespace teal::integration;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

namespace {

const std::filesystem::path kArtefacts = std::filesystem::path(TEAL_BUILD_DIR) / "artefacts";
constexpr char kTab[] = "\ue004";
constexpr char kEnter[] = "\ue007";
constexpr char kArrowDown[] = "\ue015";

std::uint64_t unix_ns_now() {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u +
           static_cast<std::uint64_t>(now.tv_nsec);
}

double seconds_since(std::chrono::steady_clock::time_point begun) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
}

SiteOptions with_dashboard(SiteOptions options = {}) {
    options.server += "location ^~ /teal/ { teal_dashboard; }\n";
    options.workers = 2;
    return options;
}

std::unique_ptr<Load> visitors(const Site& site, double rate = 400) {
    auto load = std::make_unique<Load>(LoadOptions{.target = site.front(),
                                                   .connections = 16,
                                                   .path = "/?key={n}",
                                                   .rate = rate,
                                                   .longest = 120s,
                                                   .idle_cut_fails = false});
    load->start();
    return load;
}

// The page of a site, watched from its first request on.
class Dashboard {
public:
    explicit Dashboard(const Site& site) : site_(site), browser(workspace_) {
        browser.resize(1280, 900);
        browser.open(url());
        browser.wait_for("!document.getElementById('split').hidden");
    }

    std::string url() const { return "http://" + site_.front().text() + "/teal/"; }

    // "90 %" of `green`, as the table of variants has it.
    std::string cell(const std::string& variant, const std::string& column) const {
        return browser.evaluate(
            "return [...document.querySelectorAll('#variants tbody tr')].find((row) => "
            "row.firstChild.textContent.endsWith(arguments[0]))?.querySelector('td.' + "
            "arguments[1])?.textContent ?? ''",
            {variant, column});
    }
    double number(const std::string& variant, const std::string& column) const {
        const std::string text = cell(variant, column);
        return text.empty() || text[0] < '0' || text[0] > '9' ? -1 : std::stod(text);
    }
    void wait_for_weight(const std::string& variant, const std::string& weight) const {
        wait_until([&] { return cell(variant, "weight") == weight; }, 20s,
                   variant + " to have " + weight);
    }
    // Nothing but its own files was asked for, and nothing was complained about.
    void check_clean() const {
        for (const std::string& complaint : browser.complaints()) {
            FAIL_CHECK(complaint);
        }
        for (const std::string& asked : browser.requested()) {
            CAPTURE(asked);
            CHECK(asked.rfind(url(), 0) == 0);
        }
    }
    void picture(const std::string& name) const { browser.screenshot(kArtefacts / name); }
    bool scrolls_sideways() const {
        return browser.evaluate("return document.documentElement.scrollWidth > innerWidth");
    }

private:
    const Site& site_;
    Workspace workspace_{"browser"};

public:
    Browser browser;
};

void write_events(const ControlPlane& control, const std::string& lines) {
    std::FILE* file = std::fopen((control.directory + "/events.jsonl").c_str(), "w");
    REQUIRE(file != nullptr);
    std::fputs(lines.c_str(), file);
    std::fclose(file);
}

std::string event_line(std::uint64_t unix_ns, const std::string& kind, const std::string& text) {
    return "{\"time_unix_ms\":" + std::to_string(unix_ns / 1'000'000) + ",\"kind\":\"" + kind +
           "\",\"split\":\"app\",\"text\":\"" + text + "\"}\n";
}

// Green gets ten percent under guard and on a lease.
void arm(const ControlPlane& control) {
    control.apply([&](table::TableImage& image) {
        auto& app = *image.find("app");
        app.guard = {};
        app.guard.armed = 1;
        app.guard.canary = 1;
        app.guard.baseline = 0;
        app.guard.alpha_e9 = 100'000;
        app.guard.margin_e9 = 1'250'000'000;
        app.guard.armed_unix_ns = unix_ns_now();
        app.guard.lease_expires_unix_ns = unix_ns_now() + 3'600'000'000'000;
        app.find("green")->weight_ppm = 100'000;
        app.find("blue")->weight_ppm = 900'000;
    });
}

}  // namespace

TEST_CASE("the dashboard shows weights and rates, and a switch within a second", "[dashboard]") {
    Site site(with_dashboard());
    const auto load = visitors(site);
    Dashboard page(site);
    page.wait_for_weight("blue", "100 %");
    wait_until([&] { return page.number("blue", "rate") > 300; }, 30s, "blue's rate to appear");
    CHECK(page.number("blue", "rate") < 500);
    CHECK(page.cell("blue", "errors") == "0 %");
    CHECK(page.number("blue", "p99") > 0);
    CHECK(page.cell("green", "weight") == "0 %");
    CHECK(page.browser.text("#applied") == "all 2 workers");

    std::vector<double> seconds;
    for (const std::string to : {"green", "blue", "green"}) {
        const auto begun = std::chrono::steady_clock::now();
        site.control.set("app",
                         {{"blue", to == "blue" ? 100 : 0}, {"green", to == "green" ? 100 : 0}});
        page.wait_for_weight(to, "100 %");
        seconds.push_back(seconds_since(begun));
        wait_until([&] { return page.number(to, "rate") > 300; }, 20s, to + "'s rate to follow");
    }
    std::printf("a switch under load is on the page after %.2f, %.2f and %.2f s\n", seconds[0],
                seconds[1], seconds[2]);
    CHECK(*std::min_element(seconds.begin(), seconds.end()) < 1.0);
    CHECK(page.browser.text("#generation") == std::to_string(site.control.generation()));
    CHECK_THAT(std::string(page.browser.evaluate(
                   "return document.querySelector('.ring').getAttribute('aria-label')")),
               ContainsSubstring("green 100 %"));
    page.check_clean();
    load->stop();
    CHECK(load->results().failed() == 0);
}

TEST_CASE("a hold is on the page within a second, with who waits, and goes with its end",
          "[dashboard][hold]") {
    const HeldSite site(with_dashboard());
    const auto load = visitors(site);
    const Dashboard page(site);
    const auto notice = [&] { return page.browser.text("#notices"); };
    wait_until([&] { return page.number("blue", "rate") > 300; }, 30s, "blue's rate to appear");
    CHECK_THAT(notice(), !ContainsSubstring("held"));
    double shown_s = 60;  // the better of two, on a busy machine
    double gone_s = 60;
    for (int i = 0; i < 2; ++i) {
        auto begun = std::chrono::steady_clock::now();
        site.hold();
        page.browser.wait_for(
            "document.getElementById('notices').textContent.includes('app is held')");
        shown_s = std::min(shown_s, seconds_since(begun));
        wait_until(
            [&] { return notice().find("16 requests wait inside nginx") != std::string::npos; },
            20s, "the page to say how many wait");
        CHECK_THAT(notice(), ContainsSubstring("Let go with: teal traffic resume app"));
        if (i == 0) {
            page.picture("dashboard-held.png");
        }
        begun = std::chrono::steady_clock::now();
        site.release();
        page.browser.wait_for("!document.getElementById('notices').textContent.includes('held')");
        gone_s = std::min(gone_s, seconds_since(begun));
    }
    std::printf("a hold is on the page after %.2f s, gone after %.2f s\n", shown_s, gone_s);
    CHECK(shown_s < 1.0);
    CHECK(gone_s < 1.0);
    page.check_clean();
    load->stop();
    CHECK(load->results().failed() == 0);
}

TEST_CASE("a canary, its evidence and its trip are on the page", "[dashboard]") {
    Site site(with_dashboard({.rules = "key $arg_key; pin $http_x_pin; retry safe;\n"}));
    site.nginx.expect_log("the guard has tripped");
    const auto load = visitors(site);
    Dashboard page(site);
    arm(site.control);
    write_events(site.control, event_line(unix_ns_now() - 60'000'000'000, "deploy_started",
                                          "green is being deployed; blue serves meanwhile") +
                                   event_line(unix_ns_now(), "step_reached", "green has 10 %"));
    page.wait_for_weight("green", "10 %");
    page.browser.wait_for("!document.getElementById('canary').hidden");
    page.browser.wait_for("document.querySelectorAll('#events li').length === 2");
    page.browser.wait_for("document.querySelectorAll('.marks g').length > 0");
    CHECK_THAT(page.browser.text("#canary"), ContainsSubstring("green is watched beside blue"));
    CHECK_THAT(page.browser.text("#canary"), ContainsSubstring("left, then blue has it"));
    wait_until([&] { return page.number("green", "rate") > 10; }, 20s, "green's rate");
    // Charts fill: enough of them for pictures that show something.
    page.browser.wait_for("document.querySelector('.lines path').getAttribute('d').length > 400",
                          60s);
    page.browser.prefer("prefers-color-scheme", "light");
    page.picture("dashboard-light.png");
    page.browser.prefer("prefers-color-scheme", "dark");
    page.picture("dashboard-dark.png");

    site.green.behave({.status = 500});
    page.browser.wait_for("document.querySelector('.notice[data-level=bad]')", 40s);
    CHECK_THAT(page.browser.text("#notices"),
               ContainsSubstring("The guard has tripped: green failed"));
    CHECK_THAT(page.browser.text("#canary"), ContainsSubstring("green gets no more traffic"));
    CHECK_THAT(page.cell("green", "weight"), ContainsSubstring("0 % · set to 10 %"));
    CHECK_THAT(std::string(page.browser.evaluate("return document.title")),
               ContainsSubstring("tripped"));
    page.picture("dashboard-tripped-dark.png");
    page.browser.prefer("prefers-color-scheme", "light");
    page.picture("dashboard-tripped-light.png");
    page.browser.resize(360, 740, true);
    page.browser.wait_for("innerWidth === 360");
    CHECK_FALSE(page.scrolls_sideways());
    page.picture("dashboard-phone.png");
    page.check_clean();
    load->stop();
    CHECK(load->results().failed() == 0);
}

TEST_CASE("an experiment's visitors, goals and intervals are on the page", "[dashboard]") {
    Site site(with_dashboard({.split = "variant blue; variant green; default blue; sticky c 30d; "
                                       "goal order;\n",
                              .server = "location = /bought { teal_goal order; "
                                        "proxy_pass http://app; }\n",
                              .start = false}));
    std::ofstream(site.control.directory + "/secret") << "0123456789abcdef0123456789abcdef\n";
    std::filesystem::permissions(site.control.directory + "/secret",
                                 std::filesystem::perms::owner_read);
    site.nginx.start();
    site.control.set("app", {{"blue", 50}, {"green", 50}});
    HttpConnection client(site.front());
    for (int visitor = 0; visitor < 40; ++visitor) {
        const std::string key = "?key=" + std::to_string(visitor);
        const std::string cookie = client.get("/" + key).headers.get("Set-Cookie");
        REQUIRE_FALSE(cookie.empty());
        if (visitor % 4 == 0) {
            client.get("/bought" + key, {{"Cookie", cookie.substr(0, cookie.find(';'))}});
        }
    }
    Dashboard page(site);
    page.browser.wait_for("!document.getElementById('experiment').hidden");
    const auto column = [&](int row, int cell) {
        return std::string(page.browser.evaluate(
            "return document.querySelectorAll('#goals tbody tr')[arguments[0]]"
            ".children[arguments[1]].textContent",
            nlohmann::json::array({row, cell})));
    };
    CHECK_THAT(page.browser.text("#goals h4"), ContainsSubstring("order"));
    CHECK(std::stoi(column(0, 1)) + std::stoi(column(1, 1)) == 40);
    CHECK(std::stoi(column(0, 2)) + std::stoi(column(1, 2)) == 10);
    CHECK_THAT(column(0, 4), ContainsSubstring(" to "));
    page.picture("dashboard-experiment.png");
    page.check_clean();
}

TEST_CASE("the page is walked with the keyboard, also among many splits", "[dashboard]") {
    std::string blocks;
    for (int i = 0; i < 40; ++i) {
        blocks += "teal_split service_" + std::to_string(i) +
                  " { variant blue; variant green; default blue; }\n";
    }
    Site site(with_dashboard({.http = blocks}));
    Dashboard page(site);
    Browser& browser = page.browser;
    const auto focused = [&] {
        return std::string(
            browser.evaluate("const at = document.activeElement; return at.id || at.textContent"));
    };
    CHECK(browser.text("#split-name") == "service_0");
    CHECK_THAT(browser.text("#notices"), ContainsSubstring("service_0 is not in the table"));
    browser.press(kTab);
    CHECK(focused() == "Skip to the split");
    CHECK(browser.evaluate("return document.activeElement.getBoundingClientRect().top >= 0 && "
                           "getComputedStyle(document.activeElement).outlineStyle === 'solid'") ==
          true);
    browser.press(kTab);
    CHECK(focused() == "filter");
    for (const char letter : std::string("app")) {
        browser.press(std::string(1, letter));
    }
    browser.wait_for("document.querySelectorAll('#split-list li:not([hidden])').length === 1");
    browser.press(kTab);
    CHECK_THAT(focused(), ContainsSubstring("app"));
    browser.press(kEnter);
    browser.wait_for("document.getElementById('split-name').textContent === 'app'");
    CHECK(page.cell("blue", "weight") == "100 %");
    CHECK(browser.evaluate("return location.hash") == "#/app");
    CHECK(browser.evaluate(
              "return document.querySelector('[aria-current=page] .name').textContent") == "app");

    browser.evaluate(
        "const filter = document.getElementById('filter'); filter.value = ''; "
        "filter.dispatchEvent(new Event('input')); filter.focus();");
    browser.press(kArrowDown);
    browser.press(kArrowDown);
    CHECK_THAT(focused(), ContainsSubstring("service_1"));
    page.picture("dashboard-many-splits.png");
    // On to the chosen split's own buttons, none of which is missed.
    browser.evaluate("document.querySelector('#spans button').focus()");
    browser.press(kTab);
    CHECK(focused() == "5 min");
    browser.press(kEnter);
    CHECK(browser.evaluate("return document.activeElement.getAttribute('aria-pressed')") == "true");
    CHECK_FALSE(page.scrolls_sideways());

    browser.open(page.url() + "#/nowhere");  // a bookmark of a split that is gone
    browser.wait_for("document.getElementById('split-name').textContent === 'service_0'");
    for (const std::string& complaint : browser.complaints()) {
        CHECK_THAT(complaint, ContainsSubstring("data?split=nowhere"));
    }
}

TEST_CASE("the page says when nginx is gone, and comes back with it", "[dashboard]") {
    Site site(with_dashboard());
    Dashboard page(site);
    page.wait_for_weight("blue", "100 %");
    page.browser.complaints();
    site.nginx.stop();
    page.browser.wait_for("document.getElementById('connection').dataset.state === 'lost'");
    CHECK_THAT(page.browser.text("#notices"), ContainsSubstring("Connection lost"));
    CHECK_THAT(page.browser.text("#notices"), ContainsSubstring("next try in"));
    CHECK(page.browser.text("#said") == "Connection lost");
    page.picture("dashboard-lost.png");
    // Asks ever more seldom: its pauses double.
    page.browser.wait_for("document.querySelector('.notice').textContent.includes('in 4 s')");
    site.nginx.start();
    page.browser.evaluate("document.querySelector('.notice button').click()");
    page.browser.wait_for("document.getElementById('connection').dataset.state === 'live'");
    CHECK(page.browser.text("#notices").empty());
}

TEST_CASE("a hidden page asks for nothing", "[dashboard]") {
    Site site(with_dashboard());
    Dashboard page(site);
    const auto asked = [&] {
        std::size_t count = 0;
        for (const std::string& url : page.browser.requested()) {
            count += url.find("/data") != std::string::npos ? 1u : 0u;
        }
        return count;
    };
    const auto hide = [&](bool hidden) {
        page.browser.evaluate(
            "Object.defineProperty(document, 'hidden', {value: arguments[0], configurable: true});"
            "document.dispatchEvent(new Event('visibilitychange'));",
            nlohmann::json::array({hidden}));
    };
    wait_until([&] { return asked() > 0; }, 20s, "the page to ask");
    hide(true);
    asked();
    // What would be asked meanwhile: two pauses, measured in the page's own time.
    page.browser.evaluate_async("setTimeout(arguments[0], 1200)");
    CHECK(asked() == 0);
    hide(false);
    wait_until([&] { return asked() > 0; }, 20s, "the page to ask again");
}

TEST_CASE("names and texts of others never become markup", "[dashboard]") {
    Site site(with_dashboard());
    write_events(site.control,
                 event_line(unix_ns_now(), "switched",
                            "<img src=x onerror=window.hurt=1><script>window.hurt=1</script>"));
    Dashboard page(site);
    page.browser.wait_for("document.querySelectorAll('#events li').length === 1");
    CHECK_THAT(page.browser.text("#events"), ContainsSubstring("<img src=x onerror"));
    CHECK(page.browser.evaluate("return window.hurt === undefined && "
                                "document.querySelector('#events img, #events script') === null") ==
          true);
    page.check_clean();
}

TEST_CASE("the page's histogram is the counters'", "[dashboard]") {
    // The module as it is written, apart from the page and its policy.
    Workspace workspace("browser");
    Browser browser(workspace);
    const auto of_series = [&](const std::string& expression) {
        const std::string source =
            read_file(std::filesystem::path(TEAL_SOURCE_DIR) / "nginx-module/dashboard/series.js");
        return browser.evaluate_async(
            "const done = arguments[0]; import('data:text/javascript,' + encodeURIComponent(" +
            nlohmann::json(source).dump() + ")).then(({bucketBegin, quantile, Series}) => done(" +
            expression + "), (error) => done(String(error)));");
    };
    const nlohmann::json begins = of_series("Array.from({length: 129}, (_, i) => bucketBegin(i))");
    REQUIRE(begins.size() == counters::kBuckets + 1);
    for (std::size_t i = 0; i <= counters::kBuckets; ++i) {
        CAPTURE(i);
        CHECK(begins[i] == counters::bucket_begin(i));
    }
    // Nine fast ones and a slow one since the last reading.
    const nlohmann::json p99 = of_series(
        "[quantile([24, 109, 3, 0, 0, 1], [24, 100, 3], 0.99), quantile([24, 5], [24, 5], 0.99), "
        "quantile([20, 1, 0, 0, 0, 4], [24, 4], 0.5)]");
    CHECK(p99[0] == (counters::bucket_begin(28) + counters::bucket_begin(29)) / 2.0 / 1000);
    CHECK(p99[1].is_null());
    CHECK(p99[2] == (counters::bucket_begin(20) + counters::bucket_begin(21)) / 2.0 / 1000);

    // Half a second apart: 100 requests a second, of which 2 % fail; then the counters begin anew,
    // and then nothing is heard for a minute.
    const nlohmann::json points = of_series(R"((() => {
        const series = new Series();
        const add = (time, since, decided) => series.add(time, since, [{name: 'a', decided,
          finished: decided, errors: decided / 50, first_byte: [24, decided]}]);
        for (let i = 0; i <= 20; i += 1) {
          add(i * 500, 7, i * 50);
        }
        const before = series.latest.variants.a;
        add(10_500, 8, 10);
        const anew = series.latest.variants.a ?? null;
        add(11_000, 8, 60);
        const after = series.latest.variants.a;
        add(71_000, 8, 90);
        return [before.rate, before.errors, anew, after.rate, series.latest.variants.a ?? null,
          series.points.length];
      })())");
    CHECK(points[0].get<double>() == Catch::Approx(100));
    CHECK(points[1].get<double>() == Catch::Approx(0.02));
    CHECK(points[2].is_null());
    CHECK(points[3].get<double>() == Catch::Approx(100));
    CHECK(points[4].is_null());
    CHECK(points[5] == 20 + 1 + 1 + 1);  // 20 steps, a gap, one step, a gap
}

TEST_CASE("motion and contrast follow the reader's settings", "[dashboard]") {
    Site site(with_dashboard());
    Dashboard page(site);
    page.browser.prefer("prefers-reduced-motion", "reduce");
    CHECK(page.browser.evaluate("return getComputedStyle(document.querySelector('.fill'))"
                                ".transitionDuration") == "0s");
    // Every token that is read as text has 4.5:1 on its card (WCAG 2.2, 1.4.3), in both schemes.
    for (const std::string scheme : {"light", "dark"}) {
        CAPTURE(scheme);
        page.browser.prefer("prefers-color-scheme", scheme);
        const nlohmann::json worst = page.browser.evaluate(R"(
            const style = getComputedStyle(document.documentElement);
            const luminance = (name) => {
              const hex = style.getPropertyValue(name).trim();
              const [r, g, b] = [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16) / 255)
                  .map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
              return 0.2126 * r + 0.7152 * g + 0.0722 * b;
            };
            const contrast = (a, b) => {
              const [x, y] = [luminance(a), luminance(b)].sort((one, two) => two - one);
              return (x + 0.05) / (y + 0.05);
            };
            const pairs = ['--text', '--quiet', '--bad', '--accent', '--blue', '--green',
              '--orange', '--violet', '--rose', '--olive', '--sky', '--brown']
              .flatMap((name) => [[name, '--card'], [name, '--page']]);
            pairs.push(['--bad', '--bad-bed'], ['--text', '--bad-bed'], ['--warn', '--warn-bed'],
              ['--text', '--warn-bed']);
            return pairs.map(([a, b]) => [contrast(a, b), a, b])
              .reduce((low, one) => one[0] < low[0] ? one : low);)");
        CAPTURE(worst.dump());
        CHECK(worst[0] >= 4.5);
    }
}
