#include "cli/notify/named_targets.hpp"

#include "cli/error.hpp"
#include "cli/suggestion.hpp"

#include <vector>

namespace teal::cli {

NotifyTargets named_targets(const Settings& settings, const std::string& name) {
    if (settings.notify.empty()) {
        throw nothing_there((settings.toml_file.empty() ? settings.directory.string()
                                                        : settings.toml_file.string()) +
                                " has no targets of notifications",
                            "write a section [notify.NAME]: teal notify --help");
    }
    if (name.empty()) {
        return settings.notify;
    }
    const auto found = settings.notify.find(name);
    if (found == settings.notify.end()) {
        std::vector<std::string> known;
        for (const auto& target : settings.notify) {
            known.push_back(target.first);
        }
        throw wrong_input("there is no [notify." + name + "]" + did_you_mean(name, known),
                          "use one of: " + listed(known));
    }
    return {*found};
}

}  // namespace teal::cli
