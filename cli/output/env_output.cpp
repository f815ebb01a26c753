#include "cli/output/env_output.hpp"

#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kNextStep[] = "teal upgrade perform";

}  // namespace

std::string env_change_text(const std::filesystem::path& file,
                            const std::vector<DotenvChange>& asked, const EnvFileChange& change,
                            bool dry_run) {
    std::string text = dry_run ? "would change " + file.string() + ":\n" : file.string() + ":\n";
    for (std::size_t i = 0; i < asked.size(); ++i) {
        text += "  " + asked[i].name + " " + name_of(change.effects[i]) + "\n";
    }
    if (!change.changes) {
        text += "nothing to change\n";
    } else if (dry_run) {
        text += "nothing was written\n";
    } else {
        text += "what runs does not change; takes effect at the next teal upgrade perform\n";
    }
    return text;
}

nlohmann::ordered_json env_change_json(const std::filesystem::path& file,
                                       const std::vector<DotenvChange>& asked,
                                       const EnvFileChange& change, bool dry_run) {
    Json json{{"file", file.string()},
              {"dry_run", dry_run},
              {"changes", change.changes},
              {"creates", change.creates},
              {"variables", Json::array()},
              {"next_step", change.changes && !dry_run ? Json(kNextStep) : Json()}};
    for (std::size_t i = 0; i < asked.size(); ++i) {
        json["variables"].push_back(
            {{"name", asked[i].name}, {"effect", name_of(change.effects[i])}});
    }
    return json;
}

}  // namespace teal::cli
