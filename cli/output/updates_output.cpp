#include "cli/output/updates_output.hpp"

#include "cli/output/screen.hpp"
#include "cli/output/text_table.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

using Json = nlohmann::ordered_json;

// "sha256:0123456789ab" is enough to compare by eye.
constexpr std::size_t kShownDigest = 19;
constexpr std::size_t kShownCommit = 10;

std::string state_text(UpdateState state) {
    switch (state) {
        case UpdateState::current:
            return coloured(name_of(state), Colour::green);
        case UpdateState::newer:
        case UpdateState::unknown:
            return coloured(name_of(state), Colour::yellow);
        case UpdateState::fixed:
            break;
    }
    return name_of(state);
}

std::string from_to(const std::string& from, const std::string& to, std::size_t length) {
    return from.substr(0, length) + " → " + to.substr(0, length);
}

std::string first_line(const std::string& text) {
    return text.substr(0, text.find('\n'));
}

std::string image_detail(const ImageUpdate& image) {
    if (!image.reason.empty()) {
        return first_line(image.reason);
    }
    return image.state == UpdateState::newer ? from_to(image.local, image.remote, kShownDigest)
                                             : image.local.substr(0, kShownDigest);
}

std::string source_detail(const SourceUpdate& source) {
    if (!source.reason.empty()) {
        return first_line(source.reason);
    }
    if (source.state != UpdateState::newer) {
        return source.local.substr(0, kShownCommit);
    }
    return from_to(source.local, source.remote, kShownCommit) +
           (source.behind
                ? fmt::format(", {} commit{}", *source.behind, *source.behind == 1 ? "" : "s")
                : "");
}

std::string software_detail(const SoftwareUpdate& software) {
    if (!software.reason.empty()) {
        return software.reason;
    }
    return software.state == UpdateState::newer
               ? fmt::format("{} runs, {} is installed", software.running, software.installed)
               : software.running;
}

bool has_newer_image(const Updates& updates, bool shared) {
    return std::any_of(updates.images.begin(), updates.images.end(), [&](const auto& image) {
        return image.state == UpdateState::newer && image.shared == shared;
    });
}

std::string next_steps(const Updates& updates) {
    std::string text;
    if (updates.source.state == UpdateState::newer) {
        text += "  git pull\n";
    }
    if (has_newer_image(updates, false)) {
        text += "  teal upgrade perform --pull\n";
    } else if (updates.source.state == UpdateState::newer) {
        text += "  teal upgrade perform --build\n";
    }
    if (has_newer_image(updates, true)) {
        text += "  docker compose pull, then recreate the shared services when it suits you\n";
    }
    for (const SoftwareUpdate& software : updates.software) {
        if (!software.next_step.empty()) {
            text += "  " + software.name + ": " + software.next_step + "\n";
        }
    }
    return text.empty() ? "" : "\nNext:\n" + text;
}

Json or_null(const std::string& text) {
    return text.empty() ? Json() : Json(text);
}

}  // namespace

std::string updates_text(const Updates& updates) {
    TextTable rows("llll");
    for (const ImageUpdate& image : updates.images) {
        rows.add({image.service, image.image.empty() ? "(built)" : image.image,
                  state_text(image.state), image_detail(image)});
    }
    const SourceUpdate& source = updates.source;
    rows.add({"git", source.upstream.empty() ? source.branch : source.upstream,
              state_text(source.state), source_detail(source)});
    for (const SoftwareUpdate& software : updates.software) {
        rows.add({software.name, software.installed, state_text(software.state),
                  software_detail(software)});
    }
    return rows.text("") +
           fmt::format("\nnewer: {}, unknown: {}\n", updates.count(UpdateState::newer),
                       updates.count(UpdateState::unknown)) +
           next_steps(updates);
}

Json updates_json(const Updates& updates) {
    const SourceUpdate& source = updates.source;
    Json json{{"newer", updates.count(UpdateState::newer)},
              {"unknown", updates.count(UpdateState::unknown)},
              {"images", Json::array()},
              {"git",
               {{"state", name_of(source.state)},
                {"branch", or_null(source.branch)},
                {"upstream", or_null(source.upstream)},
                {"local", or_null(source.local)},
                {"remote", or_null(source.remote)},
                {"behind", source.behind ? Json(*source.behind) : Json()},
                {"reason", or_null(source.reason)}}},
              {"software", Json::array()}};
    for (const ImageUpdate& image : updates.images) {
        json["images"].push_back({{"service", image.service},
                                  {"shared", image.shared},
                                  {"image", or_null(image.image)},
                                  {"state", name_of(image.state)},
                                  {"local", or_null(image.local)},
                                  {"remote", or_null(image.remote)},
                                  {"reason", or_null(image.reason)}});
    }
    for (const SoftwareUpdate& software : updates.software) {
        json["software"].push_back({{"name", software.name},
                                    {"running", or_null(software.running)},
                                    {"installed", or_null(software.installed)},
                                    {"state", name_of(software.state)},
                                    {"reason", or_null(software.reason)},
                                    {"next_step", or_null(software.next_step)}});
    }
    return json;
}

}  // namespace teal::cli
