#include "tests/e2e/guide.hpp"

#include "tests/harness/workspace.hpp"

#include <algorithm>
#include <regex>
#include <set>
#include <sstream>
#include <stdexcept>

namespace teal::e2e {
namespace {

constexpr char kHeading[] = "## ";

bool is_heading(const std::string& line) {
    return line.starts_with(kHeading);
}

std::string name_in(const std::string& heading) {
    return heading.substr(sizeof(kHeading) - 1);
}

}  // namespace

std::string guide_sections(const std::filesystem::path& guide,
                           const std::vector<std::string>& names) {
    std::set<std::string> missing(names.begin(), names.end());
    std::istringstream lines(harness::read_file(guide));
    std::string text;
    bool wanted = false;
    bool in_block = false;  // where a comment may look like a heading
    for (std::string line; std::getline(lines, line);) {
        in_block = line.starts_with("```") ? !in_block : in_block;
        if (!in_block && is_heading(line)) {
            wanted = std::find(names.begin(), names.end(), name_in(line)) != names.end();
            missing.erase(name_in(line));
        }
        text += wanted ? line + "\n" : "";
    }
    if (!missing.empty()) {
        throw std::runtime_error(guide.string() + " has no section " + *missing.begin());
    }
    return text;
}

std::vector<GuideLine> guide_lines(const std::string& sections) {
    static const std::regex kAssignment("^[A-Z_]+=[^ ]*( +#.*)?$");
    static const std::regex kCommand("(^|[ ;])nself ");
    std::vector<GuideLine> found;
    std::istringstream lines(sections);
    std::string section;
    std::vector<std::string> settings;
    bool in_bash = false;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("```")) {
            in_bash = line == "```bash";
            settings.clear();
        } else if (is_heading(line) && !in_bash) {
            section = name_in(line);
        } else if (in_bash && std::regex_search(line, kAssignment)) {
            settings.push_back(line);
        } else if (in_bash && !line.starts_with("#") && std::regex_search(line, kCommand)) {
            found.push_back({section, line, settings});
        }
    }
    return found;
}

}  // namespace teal::e2e
