#include "cli/stack/compose/images.hpp"

#include "cli/error.hpp"
#include "cli/stack/compose/color_project.hpp"
#include "cli/stack/compose/docker.hpp"
#include "cli/stack/compose/image_inspection.hpp"
#include "cli/stack/compose/left_behind.hpp"

#include <nlohmann/json.hpp>

#include <set>
#include <utility>

namespace teal::cli::compose {
namespace {

using nlohmann::json;

void tag(const std::string& from, const std::string& to) {
    run_docker(docker({"tag", from, to}), "tag " + from + " as " + to);
}

// The tag that `docker image ls` has on top, the newest; empty: never deployed, or docker is
// silent.
std::string newest_pin(const std::string& project, const std::string& service) {
    const std::string pin = pin_of(project, service, "*");
    const CommandResult tags = run_command(docker(
        {"image", "ls", "--filter", "reference=" + pin, "--format", "{{.Repository}}:{{.Tag}}"}));
    return tags.out.substr(0, tags.out.find('\n'));
}

std::string source_text(const json& source, const char* key) {
    return source.value(key, "");
}

class Fetching {
public:
    Fetching(const SnapshotProject& snapshot, std::filesystem::path directory, Fetch fetch,
             Progress& progress)
        : snapshot_(snapshot),
          images_(snapshot.file.at("x-teal").at("images")),
          directory_(std::move(directory)),
          fetch_(fetch),
          progress_(progress) {}

    std::vector<ImageRecord> run() {
        std::vector<std::string> pins;
        for (const auto& [service, source] : images_.items()) {
            pins.push_back(pin(service));
        }
        pinned_ = inspect_images(pins);
        build();
        pull();
        for (const auto& [service, source] : images_.items()) {
            if (source.contains("same_as") && wanted(service)) {
                tag(pin(source["same_as"].get<std::string>()), pin(service));
            }
        }
        return records(pins);
    }

private:
    std::string pin(const std::string& service) const {
        return snapshot_.file["services"][service]["image"].get<std::string>();
    }
    bool wanted(const std::string& service) const {
        return fetch_ != Fetch::as_needed || !pinned_.contains(pin(service));
    }

    // All at once, since compose builds in parallel; straight to the tag that pins.
    void build() {
        json services = json::object();
        std::vector<std::string> arguments = {"--project-directory", directory_.string(),
                                              "--progress", "plain", "build"};
        if (fetch_ == Fetch::pull) {
            arguments.emplace_back("--pull");
        }
        for (const auto& [service, source] : images_.items()) {
            if (source.contains("build") && wanted(service)) {
                services[service] = {{"build", source["build"]}, {"image", pin(service)}};
                if (!source_text(source, "platform").empty()) {
                    services[service]["platform"] = source["platform"];
                }
                arguments.push_back(service);
                progress_.service(service, "building");
            }
        }
        if (services.empty()) {
            return;
        }
        Command command = docker_compose(ComposeProject{snapshot_.name}, arguments);
        command.directory = directory_;
        end_left_behind(snapshot_.name);
        mark(command, snapshot_.name);
        command.input = json{{"name", snapshot_.name},
                             {"services", services},
                             {"secrets", snapshot_.file["x-teal"]["build_secrets"]}}
                            .dump();
        command.on_line = [this](std::string_view line) { progress_.detail(std::string(line)); };
        const CommandResult result = run_command(command);
        if (!result.ok()) {
            throw docker_error(command, result, "build the images");
        }
        for (const auto& [service, built] : services.items()) {
            progress_.service(service, "built");
        }
    }

    void pull() {
        std::set<std::string> pulled;
        for (const auto& [service, source] : images_.items()) {
            if (source.contains("build") || source.contains("same_as") || !wanted(service)) {
                continue;
            }
            const std::string written = source_text(source, "written");
            const std::string policy = source_text(source, "pull_policy");
            const bool here = inspect_images({written}).contains(written);
            const bool ask = fetch_ == Fetch::pull || policy == "always";
            if ((!here || ask) && policy != "never" && pulled.insert(written).second) {
                pull_one(service, written, source_text(source, "platform"));
            }
            tag(written, pin(service));
            progress_.service(service, "image ready");
        }
    }

    void pull_one(const std::string& service, const std::string& image,
                  const std::string& platform) {
        progress_.service(service, "pulling " + image);
        std::vector<std::string> arguments = {"pull", image};
        if (!platform.empty()) {
            arguments.insert(arguments.begin() + 1, {"--platform", platform});
        }
        Command command = docker(std::move(arguments));
        command.on_line = [this](std::string_view line) { progress_.detail(std::string(line)); };
        run_docker(command, "pull the image " + image + " of " + service);
    }

    std::vector<ImageRecord> records(const std::vector<std::string>& pins) const {
        const auto found = inspect_images(pins);
        std::vector<ImageRecord> records;
        for (const auto& [service, source] : images_.items()) {
            const auto image = found.find(pin(service));
            if (image == found.end()) {
                throw failure("the image of " + service + " is gone again: " + pin(service),
                              "deploy again, while nothing prunes docker's images");
            }
            const bool built = source.contains("build");
            const std::string written =
                built ? source["build"].value("context", "") : source_text(source, "written");
            records.push_back({service, written, image->second.id,
                               built ? "" : digest_for(written, image->second.digests),
                               pin(service)});
        }
        return records;
    }

    const SnapshotProject& snapshot_;
    const json& images_;
    std::filesystem::path directory_;
    Fetch fetch_;
    Progress& progress_;
    std::map<std::string, ImageFacts> pinned_{};
};

// Without tag and digest, and without what docker leaves out when it writes a name.
std::string repository_of(std::string reference) {
    reference = reference.substr(0, reference.find('@'));
    const std::size_t colon = reference.rfind(':');
    if (colon != std::string::npos && reference.find('/', colon) == std::string::npos) {
        reference.resize(colon);
    }
    for (const std::string_view prefix : {"docker.io/", "index.docker.io/", "library/"}) {
        if (reference.starts_with(prefix)) {
            reference = reference.substr(prefix.size());
        }
    }
    return reference;
}

void bring_back(const ImageRecord& image, Progress& progress) {
    const std::string next =
        "deploy the version again from its sources, or load the image with "
        "`docker load` and run this command again";
    if (inspect_images({image.id}).contains(image.id)) {
        tag(image.id, image.pin);
        return;
    }
    if (image.digest.empty()) {
        throw failure("the image of " + image.service + " is no longer here: " + image.id +
                          ", which was built here (" + image.written + ")",
                      next);
    }
    progress.service(image.service, "pulling " + image.digest);
    const Command command = docker({"pull", "--quiet", image.digest});
    const CommandResult result = run_command(command);
    if (!result.ok()) {
        throw failure("the image of " + image.service + " is no longer here, and " + image.digest +
                          " cannot be pulled: " + result.said(),
                      next);
    }
    tag(image.digest, image.pin);
}

}  // namespace

std::vector<ImagePlan> plan_images(const StackDefinition& definition) {
    std::vector<ImagePlan> plans;
    for (const Service* service : definition.color_services()) {
        ImagePlan plan;
        plan.service = service->name;
        plan.image = service->image.empty() ? "its build section" : service->image;
        const std::string known =
            service->built ? newest_pin(definition.project, service->name) : service->image;
        const auto here =
            known.empty() ? std::map<std::string, ImageFacts>{} : inspect_images({known});
        plan.likely_bytes = here.contains(known) ? here.at(known).bytes : 0;
        plan.action = service->built         ? ImageAction::build
                      : here.contains(known) ? ImageAction::present
                                             : ImageAction::pull;
        plans.push_back(std::move(plan));
    }
    return plans;
}

std::vector<ImageRecord> fetch_images(const SnapshotProject& snapshot,
                                      const std::filesystem::path& directory, Fetch fetch,
                                      Progress& progress) {
    return Fetching(snapshot, directory, fetch, progress).run();
}

void verify_images(const std::vector<ImageRecord>& images, Progress& progress) {
    std::vector<std::string> pins;
    for (const ImageRecord& image : images) {
        pins.push_back(image.pin);
    }
    const auto found = inspect_images(pins);
    for (const ImageRecord& image : images) {
        const auto pinned = found.find(image.pin);
        if (pinned == found.end() || pinned->second.id != image.id) {
            bring_back(image, progress);
        }
    }
}

void unpin_images(const std::string& project, const std::string& snapshot_id,
                  const std::set<std::string>& needed) {
    // pin_of() with a service named "x": its repository up to the service.
    const std::string pin = pin_of(project, "x", snapshot_id);
    const std::string pattern = pin.substr(0, pin.rfind('/')) + "/*:" + snapshot_id;
    const CommandResult tags =
        run_command(docker({"image", "ls", "--filter", "reference=" + pattern, "--format",
                            "{{.Repository}}:{{.Tag}}"}));
    std::vector<std::string> remove = {"image", "rm"};
    for (std::size_t begin = 0; begin < tags.out.size();) {
        const std::size_t end = std::min(tags.out.find('\n', begin), tags.out.size());
        std::string name = tags.out.substr(begin, end - begin);
        if (!name.empty() && !needed.contains(name)) {
            remove.push_back(std::move(name));
        }
        begin = end + 1;
    }
    if (tags.ok() && remove.size() > 2) {
        run_command(docker(std::move(remove)));
    }
}

std::string digest_for(const std::string& reference, const std::vector<std::string>& digests) {
    for (const std::string& digest : digests) {
        if (repository_of(digest) == repository_of(reference)) {
            return digest;
        }
    }
    return {};
}

}  // namespace teal::cli::compose
