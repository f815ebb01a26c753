#include "cli/commands/canary_simulate.hpp"

#include "cli/error.hpp"
#include "cli/output/screen.hpp"
#include "cli/output/simulation_output.hpp"
#include "cli/ramp/simulation.hpp"
#include "cli/traffic/percent.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

namespace teal::cli {
namespace {

constexpr double kMostRate = 1e6;
constexpr double kLongestRamp_s = 86400;  // the guard's promise is for a day
constexpr unsigned kMostRuns = 100'000;

constexpr char kCanarySimulateHelp[] =
    "Examples:\n"
    "  teal canary simulate                                 the defaults, as below\n"
    "  teal canary simulate --baseline 1% --canary 2% --rate 200\n"
    "  teal canary simulate --steps 10,100 --hold 5m --alpha 1e-6\n"
    "  teal canary simulate --max-errors 1% --margin 1.5 --json\n"
    "\n"
    "Tries the ramp out many times against simulated traffic, with the code that the guard in\n"
    "nginx runs: how soon a canary that fails so often is tripped, how many requests and errors\n"
    "that takes, the chance that it is promoted undetected, and how often a canary that fails as\n"
    "often as the baseline is tripped all the same. A ramp ends with its step of 100. The same\n"
    "--seed gives the same numbers.\n";

double share_of(const std::string& option, const std::string& text) {
    std::string error;
    const std::optional<std::uint32_t> ppm = parse_percent(text, error);
    if (!ppm) {
        throw wrong_input(option + " is \"" + text + "\": " + error,
                          "use a percentage of attempts, as in 0.1%");
    }
    return *ppm / 1e6;
}

double seconds_of(const std::string& option, const std::string& text) {
    char* end = nullptr;
    const double number = std::strtod(text.c_str(), &end);
    const std::string unit = end;
    const double factor = unit.empty() || unit == "s" ? 1
                          : unit == "m"               ? 60
                          : unit == "h"               ? 3600
                                                      : 0;
    // Not "0x10", "inf" and the like, which strtod takes.
    const bool plain = text.find_first_not_of("0123456789.smh") == std::string::npos;
    if (!plain || end == text.c_str() || factor == 0 || number * factor < 0.1 ||
        number * factor > kLongestRamp_s) {
        throw wrong_input(option + " is \"" + text + "\"", "use 0.1s to 24h, as in 90s, 5m or 1h");
    }
    return number * factor;
}

std::vector<double> steps_of(const std::string& text) {
    std::vector<double> steps;
    std::istringstream words(text);
    for (std::string word; std::getline(words, word, ',');) {
        const double step = share_of("--steps", word);
        if (step <= (steps.empty() ? 0 : steps.back())) {
            throw wrong_input("--steps is \"" + text + "\": " + word + " does not grow",
                              "use percentages that grow, as in 1,5,25,50,100");
        }
        steps.push_back(step);
    }
    if (steps.empty() || steps.front() >= 1) {
        throw wrong_input("--steps is \"" + text + "\": there is no step to watch",
                          "begin with less than 100, as in 1,5,25,50,100");
    }
    return steps;
}

void demand(bool fits, const std::string& option, double value, const std::string& range) {
    if (!fits) {
        throw wrong_input(fmt::format("{} is {:g}", option, value), "use " + range);
    }
}

SimulationPlan plan_of(const CanarySimulateOptions& options) {
    SimulationPlan plan;
    plan.baseline_failures = share_of("--baseline", options.baseline);
    plan.canary_failures = share_of("--canary", options.canary);
    demand(options.rate > 0 && options.rate <= kMostRate, "--rate", options.rate,
           "requests per second, more than 0 and at most 1000000");
    plan.requests_per_s = options.rate;
    plan.steps = steps_of(options.steps);
    plan.hold_s = seconds_of("--hold", options.hold);
    if (plan.hold_s * static_cast<double>(plan.steps.size()) > kLongestRamp_s) {
        throw wrong_input(
            fmt::format("{} steps of {} take more than a day", plan.steps.size(), options.hold),
            "shorten --hold, or leave steps out");
    }
    demand(options.alpha > 0 && options.alpha <= 0.1, "--alpha", options.alpha,
           "a chance, more than 0 and at most 0.1");
    plan.terms.alpha = options.alpha;
    demand(options.margin >= 1 && options.margin <= 100, "--margin", options.margin, "1 to 100");
    plan.terms.margin = options.margin;
    if (!options.max_errors.empty()) {
        plan.terms.objective = share_of("--max-errors", options.max_errors);
        demand(plan.terms.objective > 0 && plan.terms.objective < 1, "--max-errors",
               plan.terms.objective * 100, "more than 0% and less than 100%");
    }
    demand(options.runs <= kMostRuns, "--runs", options.runs, "1 to 100000");
    plan.runs = options.runs;
    plan.seed = options.seed;
    return plan;
}

}  // namespace

ExitCode run_canary_simulate(const CanarySimulateOptions& options) {
    const SimulationPlan plan = plan_of(options);
    const SimulationResult result = simulate(plan);
    print(options.json ? simulation_json(plan, result).dump() + "\n"
                       : simulation_text(plan, result));
    return ExitCode::ok;
}

void add_canary_simulate(CLI::App& canary, ExitCode& result) {
    auto options = std::make_shared<CanarySimulateOptions>();
    CLI::App& command = *canary.add_subcommand("simulate", "what a ramp would find, and how soon");
    command.footer(kCanarySimulateHelp);
    command.add_option("--baseline", options->baseline, "attempts that fail today (0.1%)")
        ->type_name("PERCENT");
    command.add_option("--canary", options->canary, "attempts that would fail (5%)")
        ->type_name("PERCENT");
    command.add_option("--rate", options->rate, "requests per second of the split (1000)")
        ->type_name("N");
    command.add_option("--steps", options->steps, "percent of the traffic (1,5,25,50,100)")
        ->type_name("LIST");
    command.add_option("--hold", options->hold, "at each step (60s)")->type_name("TIME");
    command.add_option("--alpha", options->alpha, "accepted chance of a false alarm (1e-4)")
        ->type_name("CHANCE");
    command.add_option("--margin", options->margin, "times the baseline's failures accepted (1)")
        ->type_name("R");
    command
        .add_option("--max-errors", options->max_errors, "objective: attempts that may fail at all")
        ->type_name("PERCENT");
    command.add_option("--runs", options->runs, "simulated ramps (as many as take a second)")
        ->type_name("N");
    command.add_option("--seed", options->seed, "of the random numbers (1)")->type_name("N");
    command.add_flag("--json", options->json, "print JSON");
    command.callback([options, &result] { result = run_canary_simulate(*options); });
}

}  // namespace teal::cli
