#include "cli/stack/compose/compose_progress.hpp"

#include <sstream>

namespace teal::cli::compose {
namespace {

constexpr std::string_view kBlanks = " \t";

// "shop-green-web-1" of project "shop-green" is service "web"; empty when it is another's.
std::string service_in(const std::string& container, const std::string& project) {
    const std::size_t end = container.rfind('-');
    if (!container.starts_with(project + "-") || end <= project.size()) {
        return {};
    }
    return container.substr(project.size() + 1, end - project.size() - 1);
}

}  // namespace

std::function<void(std::string_view)> told_to(Progress& progress, const std::string& project) {
    return [&progress, project](std::string_view line) {
        const std::size_t begin = line.find_first_not_of(kBlanks);
        if (begin == std::string_view::npos) {
            return;
        }
        std::istringstream words{std::string(line.substr(begin))};
        std::string kind;
        std::string container;
        std::string state;
        words >> kind >> container >> std::ws;
        std::getline(words, state);
        const std::string service = service_in(container, project);
        if (kind != "Container" || service.empty() || state.empty()) {
            progress.detail(std::string(line.substr(begin)));
            return;
        }
        state[0] = static_cast<char>(state[0] | 0x20);  // lower case
        progress.service(service, state);
    };
}

}  // namespace teal::cli::compose
