// Progress that nobody sees; notes and warnings are kept.
#pragma once

#include "cli/stack/progress.hpp"

#include <string>
#include <vector>

namespace teal::unit {

class SilentProgress : public cli::Progress {
public:
    void phase(const std::string&) override {}
    void service(const std::string&, const std::string&) override {}
    void note(const std::string& text) override { notes.push_back(text); }
    void warning(const std::string& text) override { warnings.push_back(text); }
    void detail(const std::string&) override {}

    std::vector<std::string> notes;
    std::vector<std::string> warnings;
};

}  // namespace teal::unit
