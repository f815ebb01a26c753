#include "cli/commands/ramp_options.hpp"

#include "cli/error.hpp"
#include "cli/traffic/percent.hpp"
#include "shared/table/layout.hpp"

#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdlib>

namespace teal::cli {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kDefaultHold = 60 * kSecond;
constexpr std::uint64_t kPatienceInHolds = 10;
constexpr double kRampOptionsLongest_s = 30.0 * 86400;
constexpr std::uint64_t kLeastLease = kSecond;

double parse_number(const std::string& option, const std::string& text, const char* example) {
    char* end = nullptr;
    const double number = std::strtod(text.c_str(), &end);
    if (text.empty() || *end != '\0' || !std::isfinite(number) || number < 0) {
        throw wrong_input(option + " \"" + text + "\" is not a number",
                          std::string("as in ") + option + " " + example);
    }
    return number;
}

std::uint64_t billionths(double number) {
    return static_cast<std::uint64_t>(std::llround(number * 1e9));
}

bool is_second_of(const std::string& option, const std::string& text, const char* first,
                  const char* second) {
    if (text != first && text != second) {
        throw wrong_input(option + " \"" + text + "\" is unknown",
                          std::string("use ") + first + " or " + second);
    }
    return text == second;
}

std::uint32_t percent_of(const std::string& option, const std::string& text) {
    std::string problem;
    const std::optional<std::uint32_t> ppm = parse_percent(text, problem);
    if (!ppm) {
        throw wrong_input(option + ": \"" + text + "\" " + problem, "percent, as in 5 or 0.5");
    }
    return *ppm;
}

std::vector<std::uint32_t> parse_steps(const std::string& option, const std::string& text) {
    std::vector<std::uint32_t> steps;
    std::size_t begin = 0;
    while (begin <= text.size()) {
        const std::size_t end = std::min(text.find(',', begin), text.size());
        steps.push_back(parse_step(option, text.substr(begin, end - begin)));
        begin = end + 1;
    }
    return steps;
}

std::optional<std::uint64_t> parse_objective(const std::string& text) {
    if (text.empty()) {
        return std::nullopt;
    }
    const std::uint32_t ppm = percent_of("--max-errors", text);
    if (ppm == table::kTotalPpm) {
        throw wrong_input("--max-errors 100 % allows everything", "as in --max-errors 1%");
    }
    return std::uint64_t{ppm} * 1000;
}

std::optional<std::vector<std::uint64_t>> parse_slow(const std::string& text) {
    if (text.empty()) {
        return std::nullopt;
    }
    if (text == "off") {
        return std::vector<std::uint64_t>{};
    }
    const std::uint64_t us = parse_duration("--slow", text) / 1000;
    if (us == 0) {
        throw wrong_input("--slow " + text + " is no time at all",
                          "as in --slow 300ms, or --slow off");
    }
    return std::vector<std::uint64_t>{us};
}

}  // namespace

std::uint64_t parse_duration(const std::string& option, const std::string& text) {
    char* end = nullptr;
    const double number = std::strtod(text.c_str(), &end);
    const std::string unit = end;
    const double scale = unit.empty() || unit == "s"    ? 1
                         : unit == "ms"                 ? 1e-3
                         : unit == "m" || unit == "min" ? 60
                         : unit == "h"                  ? 3600
                                                        : 0;
    const double seconds = number * scale;
    if (end == text.c_str() || scale == 0 || !std::isfinite(seconds) || seconds < 0 ||
        seconds > kRampOptionsLongest_s) {
        throw wrong_input(option + " \"" + text + "\" is not a duration",
                          "as in " + option + " 300ms, 60s, 5m or 1.5h");
    }
    return static_cast<std::uint64_t>(std::llround(seconds * 1e9));
}

std::uint32_t parse_step(const std::string& option, const std::string& text) {
    const std::uint32_t ppm = percent_of(option, text);
    if (ppm == 0) {
        throw wrong_input(option + ": 0 % is no step", "percent, as in 5 or 0.5");
    }
    return ppm;
}

RampRequest ramp_request(const RampTermsOptions& options) {
    RampRequest request;
    RampTerms& terms = request.terms;
    terms.steps = parse_steps("--steps", options.steps);
    for (const std::string& step : options.approvals) {
        terms.approvals.push_back(parse_step("--require-approval", step));
    }
    terms.four_eyes = options.four_eyes;
    terms.until_evidence = options.until_evidence;
    const std::uint64_t hold =
        options.hold.empty() ? kDefaultHold : parse_duration("--hold", options.hold);
    terms.hold_ns = options.until_evidence && options.hold.empty() ? 0 : hold;
    terms.patience_ns = options.patience.empty() ? kPatienceInHolds * hold
                                                 : parse_duration("--patience", options.patience);
    if (terms.patience_ns < terms.hold_ns) {
        throw wrong_input("--patience " + options.patience + " is shorter than the hold",
                          "a step that cannot end waits for so long altogether");
    }
    terms.alpha_e9 = billionths(parse_number("--alpha", options.alpha, "1e-4"));
    terms.margin_e9 = billionths(parse_number("--margin", options.margin, "1.25"));
    terms.on_inconclusive =
        is_second_of("--on-inconclusive", options.on_inconclusive, "hold", "abort")
            ? OnInconclusive::abort
            : OnInconclusive::hold;
    terms.lease_ns = parse_duration("--lease", options.lease);
    if (terms.lease_ns < kLeastLease) {
        throw wrong_input("--lease " + options.lease + " is too short to be renewed in time",
                          "use at least 1s");
    }
    terms.lease_holds =
        is_second_of("--on-lease-expiry", options.on_lease_expiry, "return", "hold");
    request.objective_e9 = parse_objective(options.max_errors);
    request.slow_us = parse_slow(options.slow);
    check_terms(terms);
    return request;
}

void add_ramp_terms(CLI::App& command, RampTermsOptions& options) {
    const auto add = [&](const char* name, std::string& value, const char* text, const char* type) {
        command.add_option(name, value, text)->type_name(type);
    };
    add("--hold", options.hold, "time in each step (60s)", "TIME");
    command.add_flag("--until-evidence", options.until_evidence,
                     "a step ends when the canary is shown to be no worse (20 to 1)");
    add("--patience", options.patience,
        "longest time in a step that cannot end, for lack of data (10 holds)", "TIME");
    add("--alpha", options.alpha, "chance that a good canary is ever tripped in a day (1e-4)", "P");
    add("--margin", options.margin, "times the baseline's failures that are accepted (1.25)",
        "FACTOR");
    add("--max-errors", options.max_errors,
        "failures that are accepted at all (twice the baseline's, 1 % at least); 0: any",
        "PERCENT");
    add("--slow", options.slow,
        "an answer that takes longer is slow (the baseline's p50, p90 and p99); or off", "TIME");
    command
        .add_option("--require-approval", options.approvals,
                    "a step that waits for teal canary approve; repeatable")
        ->type_name("STEP")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    command.add_flag("--four-eyes", options.four_eyes, "not by who started the ramp");
    add("--on-inconclusive", options.on_inconclusive,
        "hold (traffic stays at the step) or abort, when patience is over", "WHAT");
    add("--lease", options.lease, "the canary's traffic lasts so long without a driver (30s)",
        "TIME");
    add("--on-lease-expiry", options.on_lease_expiry, "return to the baseline, or hold", "WHAT");
}

}  // namespace teal::cli
