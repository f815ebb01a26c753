// The sentences about an experiment that text, JSON and page have in common.
#pragma once

#include "cli/output/experiment_output.hpp"

#include <string>
#include <vector>

namespace teal::cli {

// "4.9 %", with as many decimals as an interval of this width (in shares) can bear.
std::string percent_for(double share, double width);
// "4.4 … 5.7 %"; "-" without one, "more than 3 %" without an upper end.
std::string interval_text(const std::optional<experiment::Interval>& interval);
// "+12 %", "-3.4 %"; "-" without one.
std::string lift_text(std::optional<double> lift, const experiment::Interval& interval);
// "-1.2 … +25 %".
std::string lift_interval_text(const experiment::Interval& interval);
// "12.3", with the decimals that the width can bear.
std::string number_for(double value, double width);
// "1 204 311": with thin groups for people.
std::string grouped(double count);
std::string grouped(std::uint64_t count);

// "no decision yet", "winner b", "no difference larger than 5 %", "broken".
std::string verdict_words(const ExperimentReport& report);
// Why, and how sure it is.
std::string chance_sentence(const ExperimentReport& report);
std::string ratio_sentence(const ExperimentReport& report);
std::string need_sentence(const ExperimentReport& report);
// What is to be kept in mind, each a sentence; often none.
std::vector<std::string> caveats(const ExperimentReport& report);
// What to do next; empty: wait.
std::string next_command(const ExperimentReport& report);

}  // namespace teal::cli
