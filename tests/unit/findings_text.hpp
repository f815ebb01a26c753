// Findings as a test compares them: a line each, the remedy behind it.
#pragma once

#include "cli/diagnosis/finding.hpp"

#include <string>

namespace teal::tests {

inline std::string text_of(const cli::Findings& findings) {
    constexpr const char* kWords[] = {"ok", "warning", "problem"};
    std::string text;
    for (const cli::Finding& finding : findings.list()) {
        text += std::string(kWords[static_cast<unsigned>(finding.severity)]) + " " +
                finding.subject + ": " + finding.text +
                (finding.remedy.empty() ? "" : " -> " + finding.remedy) + "\n";
    }
    return text;
}

}  // namespace teal::tests
