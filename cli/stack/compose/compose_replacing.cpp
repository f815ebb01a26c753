// What differs, and the images. Containers: compose_replacing_running.cpp.
#include "cli/stack/compose/compose_replacing.hpp"

#include "cli/error.hpp"
#include "cli/files/durable_file.hpp"
#include "cli/stack/compose/color_project.hpp"
#include "cli/stack/compose/containers.hpp"
#include "cli/stack/compose/docker.hpp"
#include "cli/stack/compose/image_inspection.hpp"
#include "cli/stack/compose/replaced_services.hpp"
#include "cli/stack/compose/shared_images.hpp"
#include "cli/suggestion.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace teal::cli::compose {
namespace {

using nlohmann::json;

constexpr mode_t kReplacedMode = 0600;
constexpr std::size_t kShownId = 12;

json parsed(const std::string& text) {
    json value = json::parse(text, nullptr, false);
    return value.is_object() ? value : json(nullptr);
}

json file_among(const std::vector<SnapshotFile>& files, const char* name) {
    for (const SnapshotFile& file : files) {
        if (file.name == name) {
            return parsed(file.text);
        }
    }
    return nullptr;
}

std::string short_id(std::string id) {
    id.erase(0, id.starts_with("sha256:") ? 7 : 0);
    return id.substr(0, kShownId);
}

bool has_service(const json& file, const std::string& service) {
    return file.is_object() && file.at("services").contains(service);
}

}  // namespace

ComposeReplacing::ComposeReplacing(std::filesystem::path directory, Color color,
                                   const SnapshotRef& before, SnapshotRef run,
                                   const std::vector<SnapshotFile>& target)
    : directory_(std::move(directory)),
      color_(color),
      run_(std::move(run)),
      before_id_(before.id),
      target_(file_among(target, kColorFile)),
      shared_target_(file_among(target, kSharedFile)) {
    const SnapshotProject runs = read_snapshot(before, color);
    before_ = runs.file;
    name_ = runs.name;
    shared_before_ = parsed(read_if_exists(before.directory / kSharedFile).value_or(""));
    roles_ = target_.at("x-teal").at("stack").get<StackRoles>();
}

bool ComposeReplacing::is_shared(const std::string& service) const {
    return has_service(shared_target_, service) ||
           (has_service(shared_before_, service) && !has_service(target_, service) &&
            !has_service(before_, service));
}

const std::string& ComposeReplacing::project_of(const std::string& service) const {
    return is_shared(service) ? roles_.project : name_;
}

const json& ComposeReplacing::section(const std::string& service, Version version) const {
    const bool target = version == Version::target;
    const json& file = is_shared(service) ? (target ? shared_target_ : shared_before_)
                                          : (target ? target_ : before_);
    static const json none;
    return has_service(file, service) ? file.at("services").at(service) : none;
}

std::vector<SnapshotFile> ComposeReplacing::files(const std::set<std::string>& replaced) {
    std::vector<SnapshotFile> files;
    files.push_back(
        {kColorFile, compose_text(mixed_project(before_, target_, replaced)), kReplacedMode});
    const json shared = mixed_project(shared_before_, shared_target_, replaced);
    if (!shared.is_null()) {
        files.push_back({kSharedFile, compose_text(shared), kReplacedMode});
    }
    return files;
}

// Of what is said to run: a container that has another one was changed by somebody.
ConfigHashes ComposeReplacing::hashes_before() const {
    ConfigHashes hashes;
    for (const json* file : {&before_, &shared_before_}) {
        if (!file->is_object() || file->at("services").empty()) {
            continue;
        }
        const bool shared = file == &shared_before_;
        hashes.merge(config_hashes(shared ? roles_.project : name_, *file,
                                   shared ? directory_ : std::filesystem::path(),
                                   "compare the services"));
    }
    return hashes;
}

// The name that the target's image has here, or will have: empty when that is not built yet.
std::string ComposeReplacing::wanted_image(const std::string& service) const {
    const std::string pin = pin_of(roles_.project, service, run_.id);
    if (inspect_images({pin}).contains(pin)) {
        return pin;
    }
    const json& wanted = section(service, Version::target);
    if (is_shared(service)) {
        return wanted.contains("build") ? "" : wanted.value("image", "");
    }
    const json& source = target_["x-teal"]["images"][service];
    return source.contains("build") || source.contains("same_as") ? ""
                                                                  : source.value("written", "");
}

std::string ComposeReplacing::image_difference(const std::string& service,
                                               const Containers& running, bool& known) const {
    const std::string name = wanted_image(service);
    const auto found = name.empty() ? std::map<std::string, ImageFacts>{} : inspect_images({name});
    if (!found.contains(name)) {
        known = false;
        return name.empty() ? "" : "image, to be pulled";
    }
    for (const json& container : running) {
        const std::string now = container.value("Image", "");
        if (now != found.at(name).id) {
            return fmt::format("image {} → {}", short_id(now), short_id(found.at(name).id));
        }
    }
    return "";
}

Comparison ComposeReplacing::compare_one(const std::string& service, const Containers& running,
                                         const ConfigHashes& hashes) const {
    const json& now = section(service, Version::before);
    const json& wanted = section(service, Version::target);
    Comparison result{.service = service, .shared = is_shared(service)};
    result.in_target = !wanted.is_null();
    result.was_there = !now.is_null();
    if (wanted.is_null() || now.is_null()) {
        result.difference = wanted.is_null() ? "no longer part of the project" : "new";
        return result;
    }
    std::vector<std::string> differences;
    if (std::string image = image_difference(service, running, result.known); !image.empty()) {
        differences.push_back(std::move(image));
    }
    for (std::string& key : differing_keys(now, wanted)) {
        differences.push_back(std::move(key));
    }
    const auto& counts = result.shared ? roles_.shared : roles_.color;
    const std::uint32_t replicas = counts.contains(service) ? counts.at(service) : 1;
    const bool job = roles_.jobs.contains(service);
    const auto up = std::count_if(running.begin(), running.end(), [&](const json& container) {
        const json& state = container["State"];
        return state.value("Status", "") == "running" ||
               (job && state.value("Status", "") == "exited" && state.value("ExitCode", 1) == 0);
    });
    if (static_cast<std::uint32_t>(up) != replicas) {
        differences.push_back(fmt::format("{} of {} run", up, replicas));
    }
    const bool changed_by_hand =
        std::any_of(running.begin(), running.end(), [&](const json& container) {
            return is_of_another_configuration(container, service, hashes);
        });
    if (changed_by_hand && differences.empty()) {
        differences.emplace_back("its container was made from another configuration");
    }
    result.difference = fmt::format("{}", fmt::join(differences, ", "));
    return result;
}

std::vector<Comparison> ComposeReplacing::compare() {
    std::set<std::string> names;
    for (const json* file : {&before_, &target_, &shared_before_, &shared_target_}) {
        if (file->is_object()) {
            for (const auto& [name, service] : file->at("services").items()) {
                names.insert(name);
            }
        }
    }
    const auto hashes = hashes_before();
    std::map<std::string, Containers> by_service;
    for (const std::string& project : {name_, roles_.project}) {
        for (json& container : containers_with({"com.docker.compose.project=" + project})) {
            const std::string service = label_of(container, "com.docker.compose.service");
            if (names.contains(service) && project_of(service) == project) {
                by_service[service].push_back(std::move(container));
            }
        }
    }
    std::vector<Comparison> compared;
    for (const std::string& name : names) {
        compared.push_back(compare_one(name, by_service[name], hashes));
    }
    return compared;
}

std::vector<ImageRecord> ComposeReplacing::fetch_shared(const std::vector<std::string>& services,
                                                        Fetch fetch, const std::string& back_to,
                                                        Progress& progress) {
    std::vector<std::string> mine;
    for (const std::string& service : services) {
        if (!has_service(shared_target_, service)) {
            continue;
        }
        for (const json& container : containers(service)) {
            const std::string image = container.value("Image", "");
            run_docker(docker({"tag", image, pin_of(roles_.project, service, before_id_)}),
                       "keep the image of " + service);
        }
        mine.push_back(service);
    }
    if (back_to.empty()) {
        refresh_shared_images(roles_.project, run_.directory / kSharedFile, directory_, mine, fetch,
                              progress);
    }
    std::vector<ImageRecord> records;
    for (const std::string& service : mine) {
        const std::string pin = pin_of(roles_.project, service, run_.id);
        const std::string written =
            shared_image(roles_.project, service, section(service, Version::target));
        std::string from = written;
        if (!back_to.empty()) {
            const std::string kept = pin_of(roles_.project, service, back_to);
            const std::string now = pin_of(roles_.project, service, before_id_);
            from = inspect_images({kept}).contains(kept) ? kept : now;
        }
        const auto facts = inspect_images({from});
        if (!facts.contains(from)) {
            throw failure("the image " + from + " of " + service + " is not here",
                          "build or pull it: docker compose build " + service);
        }
        run_docker(docker({"tag", from, pin}), "keep the image of " + service);
        records.push_back({service, written, facts.at(from).id, "", pin});
    }
    return records;
}

}  // namespace teal::cli::compose
