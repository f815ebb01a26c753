#include "cli/deployment/smoke.hpp"

#include "cli/error.hpp"
#include "cli/traffic/nginx_rules.hpp"
#include "cli/traffic/observation.hpp"
#include "cli/traffic/percent.hpp"
#include "shared/counters/sums.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cstring>
#include <thread>

namespace teal::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr auto kPause = milliseconds(250);
constexpr double kRequestTimeout_s = 5.0;

// What the variant's counters say of attempts, so far.
struct Attempts {
    std::uint64_t started = 0;
    std::uint64_t errors = 0;
};

Attempts attempts_of(const NginxView& nginx, std::uint32_t variant) {
    const Reading reading(nginx, {variant});
    const counters::VariantCounters* sums = reading.of(variant);
    return sums == nullptr ? Attempts{} : Attempts{sums->started, counters::errors(*sums)};
}

void put_pin(ProbeTarget& target, const Pin& pin, const std::string& value) {
    switch (pin.place) {
        case Pin::Place::header:
            target.headers.emplace_back(pin.name, value);
            return;
        case Pin::Place::cookie:
            target.headers.emplace_back("Cookie", pin.name + "=" + value);
            return;
        case Pin::Place::argument:
            target.spec.path += (target.spec.path.find('?') == std::string::npos ? "?" : "&") +
                                pin.name + "=" + value;
            return;
    }
}

std::string with_dashes(std::string name) {
    std::replace(name.begin(), name.end(), '_', '-');
    return name;
}

}  // namespace

Pin pin_of(const NginxView& nginx, const std::string& split) {
    const std::optional<std::uint32_t> entry = nginx.find_split(split);
    if (!entry || !nginx.is_configured(nginx.file().split(*entry))) {
        throw failure("split " + split + " is not in the running nginx.conf",
                      "add teal_split " + split + " to nginx.conf and reload nginx");
    }
    const std::optional<std::string> pin = parse_rules(nginx.file().split(*entry).rules).pin;
    const std::string remedy =
        "add \"pin $http_x_teal_variant;\" to teal_split " + split + " and reload nginx";
    if (!pin) {
        throw failure(
            "teal_split " + split + " has no pin, so a standby cannot be tested through nginx",
            remedy);
    }
    const std::pair<const char*, Pin::Place> places[] = {{"$http_", Pin::Place::header},
                                                         {"$cookie_", Pin::Place::cookie},
                                                         {"$arg_", Pin::Place::argument}};
    for (const auto& [prefix, place] : places) {
        const std::string name = pin->starts_with(prefix) ? pin->substr(std::strlen(prefix)) : "";
        if (!name.empty() && name.find_first_of("${}\"' ") == std::string::npos) {
            return {place, place == Pin::Place::header ? with_dashes(name) : name};
        }
    }
    throw failure("the pin of teal_split " + split + ", " + *pin +
                      ", is nothing that a request can set by itself",
                  remedy);
}

std::string SmokeTest::try_url(const SnapshotEntry& entry, Color color, const std::string& url,
                               SmokeAnswer& answer) const {
    const std::string& split = entry.entry.split;
    const std::optional<Url> parts = parse_url(url);
    if (!parts) {
        return "\"" + url + "\" is not an http or https URL";
    }
    const Pin pin = pin_of(nginx_, split);
    const std::optional<std::uint32_t> variant =
        nginx_.find_variant(*nginx_.find_split(split), name_of(color));
    if (!variant || !nginx_.is_configured(nginx_.file().variant(*variant))) {
        return fmt::format("teal_split {} of the running nginx.conf has no variant {}", split,
                           name_of(color));
    }
    ProbeTarget target{
        entry.service, parts->address, through_nginx(entry, *parts), {}, kRequestTimeout_s};
    put_pin(target, pin, name_of(color));
    // Every replica has answered its own health check; here the way to them is tested.
    const std::vector<ProbeTarget> targets(std::max<std::size_t>(2, entry.replicas), target);
    const Attempts before = attempts_of(nginx_, *variant);
    const std::vector<ProbeAnswer> answers = probe_all(targets);
    const Attempts after = attempts_of(nginx_, *variant);
    for (const ProbeAnswer& given : answers) {
        if (!given.good) {
            return url + ": " + given.problem;
        }
        answer.first_byte_ms = std::max(answer.first_byte_ms, given.first_byte_ms);
    }
    if (after.started - before.started < answers.size()) {
        return fmt::format(
            "{} answered, but not through {} of {}: that address or path leads elsewhere in "
            "nginx.conf",
            url, name_of(color), split);
    }
    if (after.errors != before.errors) {
        return fmt::format("{} answered, but {} of {} attempts on {} failed and were retried", url,
                           after.errors - before.errors, after.started - before.started,
                           name_of(color));
    }
    answer.split = split;
    answer.url = url;
    return "";
}

std::string SmokeTest::try_entry(const SnapshotEntry& entry, Color color, SmokeAnswer& answer) {
    const std::vector<std::string> urls = urls_.candidates(entry);
    if (urls.empty()) {
        return "nginx's URL is not known: its listening sockets cannot be seen from here";
    }
    std::string problems;
    for (const std::string& url : urls) {
        const std::string problem = try_url(entry, color, url, answer);
        if (problem.empty()) {
            urls_.remember(entry.entry.split, url);
            return "";
        }
        problems += (problems.empty() ? "" : "; ") + problem;
    }
    return problems;
}

std::vector<SmokeAnswer> SmokeTest::run(const std::vector<SnapshotEntry>& entries, Color color,
                                        milliseconds patience) {
    const auto give_up = steady_clock::now() + patience;
    std::vector<SmokeAnswer> answers;
    for (const SnapshotEntry& entry : entries) {
        while (true) {
            SmokeAnswer answer;
            const std::string problem = try_entry(entry, color, answer);
            if (problem.empty()) {
                answers.push_back(std::move(answer));
                break;
            }
            if (steady_clock::now() + kPause >= give_up) {
                throw Error(
                    ExitCode::deployment_failed,
                    fmt::format("{} does not answer through nginx: {}", entry.service, problem),
                    "say where nginx leads to it: label teal.smoke (a path or URL), "
                    "[nginx] url in teal.toml, or TEAL_NGINX_URL; or a longer --timeout");
            }
            std::this_thread::sleep_for(kPause);
        }
    }
    return answers;
}

}  // namespace teal::cli
