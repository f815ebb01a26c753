// One line of the table that `make bench` ends with. `run` collects the lines that begin with the
// mark; a reach that was missed is said, and is no error of the program.
#pragma once

#include <cstdio>
#include <string>

namespace teal::bench {

enum class Met { yes, no, stated };  // stated: the figure has no reach, or is a peer's

inline void print_figure(const std::string& figure, const std::string& measured,
                         const std::string& peer, const std::string& reach, Met met) {
    const char* word = met == Met::yes ? "yes" : met == Met::no ? "no" : "-";
    std::printf("FIGURE|%s|%s|%s|%s|%s\n", figure.c_str(), measured.c_str(), peer.c_str(),
                reach.c_str(), word);
    std::fflush(stdout);
}

inline Met met_if(bool reached) {
    return reached ? Met::yes : Met::no;
}

// A number with a fixed count of decimals.
inline std::string number(double value, int decimals) {
    char text[64];
    std::snprintf(text, sizeof text, "%.*f", decimals, value);
    return text;
}

}  // namespace teal::bench
