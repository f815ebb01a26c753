#include "cli/commands/ab_options.hpp"

#include "cli/error.hpp"
#include "cli/output/screen.hpp"
#include "cli/traffic/percent.hpp"
#include "cli/traffic/set_words.hpp"

#include <sstream>

namespace teal::cli {
namespace {

std::uint32_t percent_between(const std::string& option, const std::string& text,
                              std::uint32_t least, std::uint32_t most) {
    std::string error;
    const std::optional<std::uint32_t> ppm = parse_percent(text, error);
    if (!ppm || *ppm < least || *ppm > most) {
        throw wrong_input(option + " \"" + text + "\": " + (ppm ? "it is out of range" : error),
                          "use " + percent_text(least) + " to " + percent_text(most) + ", as in " +
                              option + " 5");
    }
    return *ppm;
}

}  // namespace

std::vector<NamedVariant> parse_weights(const std::string& text) {
    std::vector<NamedVariant> weights;
    std::istringstream words(text);
    for (std::string word; std::getline(words, word, ',');) {
        if (word.find('=') == std::string::npos) {
            throw wrong_input("--weights \"" + text + "\": \"" + word + "\" is no VARIANT=PERCENT",
                              "write it as --weights a=50,b=50");
        }
        weights.push_back(parse_weight_word(word));
    }
    return weights;
}

std::uint32_t parse_alpha(const std::string& text) {
    return percent_between("--alpha", text, 1, 500'000);
}

std::uint32_t parse_effect(const std::string& text) {
    return percent_between("--effect", text, 1000, 1'000'000);
}

void tell_dashboard(const TablePaths& paths, const Event& event) {
    if (const std::string problem = record_events(paths.table, {event}); !problem.empty()) {
        warn(problem);
    }
}

}  // namespace teal::cli
