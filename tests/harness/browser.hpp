// A real Chromium without a window, driven through chromedriver's WebDriver protocol
// (https://www.w3.org/TR/webdriver2/) and, where that has no word for it, DevTools commands.
//
// Everything the page logs and every request it makes is recorded, so that a test can say that
// there was no error and no request to anybody else.
// Not thread-safe.
#pragma once

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/harness/http_client.hpp"
#include "tests/harness/process.hpp"
#include "tests/harness/workspace.hpp"

namespace teal::harness {

class Browser {
public:
    using Json = nlohmann::json;

    // Starts both. `workspace` has the profile and must outlive it. Throws std::runtime_error
    // naming what is missing.
    explicit Browser(Workspace& workspace);
    ~Browser();
    Browser(const Browser&) = delete;
    Browser& operator=(const Browser&) = delete;

    // All of these throw std::runtime_error with the driver's words when they fail.
    void open(const std::string& url);
    void reload();
    // The value of a JavaScript function's body: "return document.title". `arguments` are its.
    Json evaluate(const std::string& body, const Json& arguments = Json::array()) const;
    // The same of a body that ends by calling its last argument.
    Json evaluate_async(const std::string& body) const;
    // Text of the first element that matches; empty when there is none.
    std::string text(const std::string& selector) const;
    // Waits until the expression is true.
    void wait_for(const std::string& expression,
                  std::chrono::milliseconds deadline = std::chrono::seconds(20)) const;
    // Presses and releases a key of WebDriver's (U+E004 is Tab) or a character.
    void press(const std::string& key) const;
    // A DevTools command's answer.
    Json command(const std::string& name, const Json& parameters = Json::object()) const;
    // Width, height, and whether it is a phone's.
    void resize(int width, int height, bool phone = false) const;
    // {"prefers-color-scheme", "dark"}
    void prefer(const std::string& feature, const std::string& value) const;
    // The whole page, as PNG.
    void screenshot(const std::filesystem::path& file) const;

    // Errors and warnings in the console since the last call: failed loads, exceptions, violations
    // of the Content-Security-Policy.
    std::vector<std::string> complaints() const;
    // URLs asked for since the last call.
    std::vector<std::string> requested() const;

private:
    Json ask(const std::string& method, const std::string& path, const Json& body = nullptr) const;
    Json log_of(const std::string& type) const;

    std::uint16_t port_;
    Process driver_;
    mutable HttpConnection connection_;
    std::string session_{};
};

}  // namespace teal::harness
