#include "tests/harness/browser.hpp"

#include <openssl/evp.h>
#include <unistd.h>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <stdexcept>

#include "tests/harness/wait.hpp"

namespace teal::harness {
namespace {

using Json = nlohmann::json;
using namespace std::chrono_literals;

std::string program(const char* variable, const char* usual) {
    const char* given = std::getenv(variable);
    const std::string path = given != nullptr ? given : usual;
    if (access(path.c_str(), X_OK) != 0) {
        throw std::runtime_error(path +
                                 " is missing: install Debian's chromium and "
                                 "chromium-driver (make deps), or set " +
                                 variable);
    }
    return path;
}

ProcessOptions driver_options(const Workspace& workspace, std::uint16_t port) {
    ProcessOptions options;
    options.argv = {program("TEAL_CHROMEDRIVER", "/usr/bin/chromedriver"),
                    "--port=" + std::to_string(port)};
    options.env = {{"HOME", workspace.root().string()}, {"TMPDIR", workspace.root().string()}};
    return options;
}

Json capabilities(const Workspace& workspace) {
    Json arguments = {"--headless=new", "--disable-gpu", "--disable-dev-shm-usage",
                      "--no-first-run", "--disable-background-networking",
                      // It ends with the driver, however that ends.
                      "--remote-debugging-pipe",
                      "--user-data-dir=" + workspace.path("profile").string()};
    if (geteuid() == 0) {
        arguments.push_back("--no-sandbox");  // Chromium's refuses to be root's
    }
    const Json options = {{"binary", program("TEAL_CHROMIUM", "/usr/bin/chromium")},
                          {"args", arguments}};
    return {{"capabilities",
             {{"alwaysMatch",
               {{"goog:chromeOptions", options},
                {"goog:loggingPrefs", {{"browser", "ALL"}, {"performance", "ALL"}}}}}}}};
}

std::string decoded(const std::string& base64) {
    std::string bytes(base64.size() / 4 * 3, '\0');
    const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                     reinterpret_cast<const unsigned char*>(base64.data()),
                                     static_cast<int>(base64.size()));
    if (size < 0) {
        throw std::runtime_error("the driver's picture is not base64");
    }
    return bytes;
}

}  // namespace

Browser::Browser(Workspace& workspace)
    : port_(workspace.free_port()),
      driver_(driver_options(workspace, port_)),
      connection_(Endpoint::loopback(port_), 60s) {
    wait_until(
        [&] {
            if (!driver_.running()) {
                throw std::runtime_error("chromedriver ended: " + driver_.out() + driver_.err());
            }
            return http_get(Endpoint::loopback(port_), "/status").status == 200;
        },
        30s, "chromedriver to answer");
    session_ = ask("POST", "/session", capabilities(workspace)).at("sessionId");
    // The page that a new window shows asks for things of its own.
    open("about:blank");
    complaints();
    requested();
}

Browser::~Browser() {
    if (!session_.empty()) {
        connection_.request("DELETE", "/session/" + session_);
    }
    driver_.signal(SIGTERM);
    driver_.wait(5s);
}

Json Browser::ask(const std::string& method, const std::string& path, const Json& body) const {
    const std::string prefix = session_.empty() ? "" : "/session/" + session_;
    const HttpResponse answer =
        connection_.request(method, prefix + path, {{"Content-Type", "application/json"}},
                            method == "POST" ? (body.is_null() ? "{}" : body.dump()) : "");
    const Json value = Json::parse(answer.body, nullptr, false).value("value", Json());
    if (answer.status != 200) {
        throw std::runtime_error(method + " " + path + ": " + std::to_string(answer.status) + " " +
                                 (value.is_object() ? value.value("message", "") : answer.body) +
                                 driver_.err());
    }
    return value;
}

void Browser::open(const std::string& url) {
    ask("POST", "/url", {{"url", url}});
}

void Browser::reload() {
    ask("POST", "/refresh");
}

Json Browser::evaluate(const std::string& body, const Json& arguments) const {
    return ask("POST", "/execute/sync", {{"script", body}, {"args", arguments}});
}

Json Browser::evaluate_async(const std::string& body) const {
    return ask("POST", "/execute/async", {{"script", body}, {"args", Json::array()}});
}

std::string Browser::text(const std::string& selector) const {
    return evaluate("return document.querySelector(arguments[0])?.innerText ?? ''",
                    Json::array({selector}));
}

void Browser::wait_for(const std::string& expression, std::chrono::milliseconds deadline) const {
    wait_until([&] { return evaluate("return Boolean(" + expression + ")") == true; }, deadline,
               expression);
}

void Browser::press(const std::string& key) const {
    const Json keys = {
        {"type", "key"},
        {"id", "keyboard"},
        {"actions", {{{"type", "keyDown"}, {"value", key}}, {{"type", "keyUp"}, {"value", key}}}}};
    ask("POST", "/actions", {{"actions", Json::array({keys})}});
}

Json Browser::command(const std::string& name, const Json& parameters) const {
    return ask("POST", "/goog/cdp/execute", {{"cmd", name}, {"params", parameters}});
}

void Browser::resize(int width, int height, bool phone) const {
    command("Emulation.setDeviceMetricsOverride", {{"width", width},
                                                   {"height", height},
                                                   {"deviceScaleFactor", phone ? 2 : 1},
                                                   {"mobile", phone}});
}

void Browser::prefer(const std::string& feature, const std::string& value) const {
    command("Emulation.setEmulatedMedia",
            {{"features", Json::array({{{"name", feature}, {"value", value}}})}});
}

void Browser::screenshot(const std::filesystem::path& file) const {
    std::filesystem::create_directories(file.parent_path());
    const Json picture = command("Page.captureScreenshot", {{"captureBeyondViewport", true}});
    std::ofstream(file, std::ios::binary) << decoded(picture.at("data"));
}

Json Browser::log_of(const std::string& type) const {
    return ask("POST", "/se/log", {{"type", type}});
}

std::vector<std::string> Browser::complaints() const {
    std::vector<std::string> found;
    for (const Json& entry : log_of("browser")) {
        const std::string level = entry.at("level");
        if (level == "SEVERE" || level == "WARNING") {
            found.push_back(level + ": " + std::string(entry.at("message")));
        }
    }
    return found;
}

std::vector<std::string> Browser::requested() const {
    std::vector<std::string> urls;
    for (const Json& entry : log_of("performance")) {
        const Json message = Json::parse(std::string(entry.at("message"))).at("message");
        if (message.at("method") == "Network.requestWillBeSent") {
            urls.push_back(message.at("params").at("request").at("url"));
        }
    }
    return urls;
}

}  // namespace teal::harness
