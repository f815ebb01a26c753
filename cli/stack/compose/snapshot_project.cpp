#include "cli/stack/compose/snapshot_project.hpp"

#include "cli/error.hpp"
#include "cli/files/durable_file.hpp"

namespace teal::cli::compose {
namespace {

using nlohmann::json;

constexpr char kMark[] = "# Added by teal: ";

}  // namespace

SnapshotProject read_snapshot(const SnapshotRef& snapshot) {
    const std::filesystem::path path = snapshot.directory / kColorFile;
    const std::string next = "choose another snapshot: `teal upgrade history` lists them";
    const std::optional<std::string> text = read_if_exists(path);
    if (!text) {
        throw failure("snapshot " + snapshot.id + " has no " + kColorFile, next);
    }
    SnapshotProject project{json::parse(*text, nullptr, false), {}, Color::blue, {}};
    try {
        project.roles = project.file.at("x-teal").at("stack").get<StackRoles>();
        project.color = parse_color(project.file.at("x-teal").at("color").get<std::string>());
        project.name = project.file.at("name").get<std::string>();
        (void)project.file.at("services").items();
    } catch (const json::exception&) {
        throw failure(path.string() + " is not as teal wrote it", next);
    }
    return project;
}

SnapshotProject read_snapshot(const SnapshotRef& snapshot, Color color) {
    SnapshotProject project = read_snapshot(snapshot);
    if (project.color != color) {
        throw failure("snapshot " + snapshot.id + " starts " + name_of(project.color) + ", not " +
                          name_of(color),
                      "choose another snapshot: `teal upgrade history` lists them");
    }
    return project;
}

std::string compose_text(const json& file) {
    return file.dump(2) + "\n";
}

std::string snapshot_env(const std::string& env, const std::string& project_name) {
    std::string text = env.substr(0, env.find(kMark));
    if (text.find("COMPOSE_PROJECT_NAME") != std::string::npos) {
        text += text.ends_with('\n') ? "" : "\n";
        text += kMark + std::string("compose files here name their own project\n") +
                "COMPOSE_PROJECT_NAME=" + project_name + "\n";
    }
    return text;
}

}  // namespace teal::cli::compose
