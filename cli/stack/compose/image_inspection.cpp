#include "cli/stack/compose/image_inspection.hpp"

#include "cli/stack/compose/docker.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <sstream>

namespace teal::cli::compose {
namespace {

using nlohmann::json;

ImageFacts facts_of(const json& image) {
    ImageFacts facts{.id = image.value("Id", "")};
    if (image.contains("RepoDigests") && image["RepoDigests"].is_array()) {
        facts.digests = image["RepoDigests"].get<std::vector<std::string>>();
    }
    facts.bytes = image.value("Size", std::uint64_t{0});
    return facts;
}

bool is_named(const json& image, const std::string& name) {
    if (image.value("Id", "") == name) {
        return true;
    }
    for (const char* list : {"RepoTags", "RepoDigests"}) {
        const auto names = image.find(list);
        if (names != image.end() && names->is_array() &&
            std::find(names->begin(), names->end(), name) != names->end()) {
            return true;
        }
    }
    return false;
}

// Whether nothing else went wrong than that images are not here.
bool only_missing(const std::string& said) {
    std::istringstream lines(said);
    for (std::string line; std::getline(lines, line);) {
        if (!line.empty() && line.find("o such image") == std::string::npos) {
            return false;
        }
    }
    return true;
}

}  // namespace

std::map<std::string, ImageFacts> inspect_images(const std::vector<std::string>& names) {
    std::map<std::string, ImageFacts> found;
    if (names.empty()) {
        return found;
    }
    std::vector<std::string> arguments = {"image", "inspect", "--"};
    arguments.insert(arguments.end(), names.begin(), names.end());
    const Command command = docker(std::move(arguments));
    const CommandResult result = run_command(command);
    const json images = json::parse(result.out, nullptr, false);
    // Ends with 1 when one of them is missing, and prints the others.
    if (!images.is_array() || !only_missing(result.err)) {
        throw docker_error(command, result, "look at images");
    }
    for (const std::string& name : names) {
        for (const json& image : images) {
            if (names.size() == 1 || is_named(image, name)) {
                found[name] = facts_of(image);
            }
        }
    }
    return found;
}

}  // namespace teal::cli::compose
