// The words of a probe, as labels and teal.toml have them. Calling the probe program: probe.cpp.
#include "cli/health/probe.hpp"

#include "cli/error.hpp"
#include "cli/suggestion.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace teal::cli {
namespace {

constexpr std::uint32_t kLowestStatus = 100;
constexpr std::uint32_t kHighestStatus = 599;
constexpr char kForms[] =
    "use \"/healthz\", \"/healthz 200\", \"/healthz 200-299\", \"https:/healthz\" or \"tcp\"";

// One probe's text while it is read, for messages.
struct Reading {
    const std::string& where;
    const std::string& text;

    [[noreturn]] void refuse(const std::string& why, const std::string& next = kForms) const {
        throw wrong_input(where + " \"" + text + "\": " + why, next);
    }
};

std::vector<std::string_view> words_of(std::string_view text) {
    constexpr std::string_view kBlanks = " \t";
    std::vector<std::string_view> words;
    std::size_t begin = 0;
    while ((begin = text.find_first_not_of(kBlanks, begin)) != std::string_view::npos) {
        const std::size_t end = std::min(text.find_first_of(kBlanks, begin), text.size());
        words.push_back(text.substr(begin, end - begin));
        begin = end;
    }
    return words;
}

std::uint32_t read_status(const Reading& reading, std::string_view text) {
    std::uint32_t status = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), status);
    if (error != std::errc() || end != text.data() + text.size() || status < kLowestStatus ||
        status > kHighestStatus) {
        reading.refuse("\"" + std::string(text) + "\" is not a status from 100 to 599");
    }
    return status;
}

void read_statuses(const Reading& reading, std::string_view text, ProbeSpec& spec) {
    const std::size_t dash = text.find('-');
    spec.lowest_status = read_status(reading, text.substr(0, dash));
    spec.highest_status = dash == std::string_view::npos
                              ? spec.lowest_status
                              : read_status(reading, text.substr(dash + 1));
    if (spec.lowest_status > spec.highest_status) {
        reading.refuse("the range ends before it begins");
    }
}

// A path goes into the request as it is: what could end the line there is refused here.
void read_path(const Reading& reading, std::string_view path, ProbeSpec& spec) {
    if (path.starts_with("//")) {
        reading.refuse("a probe has no host: the address is that of each instance",
                       "name the path alone, as in \"/healthz\"; the host header is the setting "
                       "`host`");
    }
    if (!path.starts_with('/')) {
        reading.refuse("the path does not begin with \"/\"");
    }
    if (std::any_of(path.begin(), path.end(), [](char c) { return c < '!' || c > '~'; })) {
        reading.refuse("the path has a character that no URL has", "write it as %XX");
    }
    spec.path = path;
}

}  // namespace

const char* name_of(ProbeScheme scheme) {
    constexpr const char* kNames[] = {"http", "https", "tcp"};
    return kNames[static_cast<unsigned>(scheme)];
}

ProbeScheme parse_probe_scheme(const std::string& text) {
    for (const ProbeScheme scheme : {ProbeScheme::http, ProbeScheme::https, ProbeScheme::tcp}) {
        if (text == name_of(scheme)) {
            return scheme;
        }
    }
    throw wrong_input(
        "unknown kind of probe \"" + text + "\"" + did_you_mean(text, {"http", "https", "tcp"}),
        "use http, https or tcp");
}

ProbeSpec parse_probe(const std::string& where, const std::string& text) {
    const Reading reading{where, text};
    const std::vector<std::string_view> words = words_of(text);
    if (words.empty()) {
        reading.refuse("it is empty");
    }
    if (words.size() > 2) {
        reading.refuse("it has more than a path and a status");
    }
    ProbeSpec spec;
    std::string_view path = words.front();
    if (!path.starts_with('/')) {
        const std::size_t colon = path.find(':');
        const std::string scheme(path.substr(0, colon));
        try {
            spec.scheme = parse_probe_scheme(scheme);
        } catch (const Error& error) {
            reading.refuse(error.what());
        }
        path = colon == std::string_view::npos ? "/" : path.substr(colon + 1);
    }
    if (spec.scheme == ProbeScheme::tcp) {
        if (words.size() > 1 || words.front() != "tcp") {
            reading.refuse("a connection has neither path nor status", "use \"tcp\" alone");
        }
        return spec;
    }
    read_path(reading, path, spec);
    if (words.size() == 2) {
        read_statuses(reading, words[1], spec);
    }
    return spec;
}

std::string probe_text(const ProbeSpec& spec) {
    if (spec.scheme == ProbeScheme::tcp) {
        return "a TCP connection";
    }
    std::string text = "GET " + spec.path;
    if (spec.scheme == ProbeScheme::https) {
        text += " over TLS";
    }
    if (!spec.host.empty()) {
        text += " of " + spec.host;
    }
    text += ", " + std::to_string(spec.lowest_status);
    if (spec.highest_status != spec.lowest_status) {
        text += " to " + std::to_string(spec.highest_status);
    }
    return text;
}

}  // namespace teal::cli
