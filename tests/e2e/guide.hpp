// The users' guide, as tests read it: what stands in its blocks of shell commands.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace teal::e2e {

struct GuideLine {
    std::string section;
    std::string command;                // one line of shell, as written
    std::vector<std::string> settings;  // assignments that stand above it in its block
};

// The sections of these names, whole, in the guide's order. Throws std::runtime_error when one is
// not there.
std::string guide_sections(const std::filesystem::path& guide,
                           const std::vector<std::string>& names);

// Lines of the bash blocks that have a command of nself in them.
std::vector<GuideLine> guide_lines(const std::string& sections);

}  // namespace teal::e2e
