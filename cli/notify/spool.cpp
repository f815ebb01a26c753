#include "cli/notify/spool.hpp"

#include "cli/files/durable_file.hpp"

#include <algorithm>
#include <exception>
#include <nlohmann/json.hpp>
#include <optional>
#include <system_error>

namespace teal::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr char kWaiting[] = ".json";
constexpr char kFailed[] = ".failed.json";
constexpr mode_t kOursAlone = 0700;

std::string text_of(const SpooledNotification& spooled) {
    const Json json{{"target", spooled.target},
                    {"notification", Json::parse(to_json_text(spooled.notification))},
                    {"attempts", spooled.attempts},
                    {"problem", spooled.problem}};
    return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

SpooledNotification spooled_from(const std::string& text) {
    const Json json = Json::parse(text);
    SpooledNotification spooled;
    spooled.target = json.at("target");
    spooled.notification = notification_from(json.at("notification").dump());
    spooled.attempts = json.at("attempts");
    spooled.problem = json.at("problem");
    return spooled;
}

std::vector<std::string> names_in(const fs::path& directory) {
    std::vector<std::string> names;
    std::error_code ignored;
    for (fs::directory_iterator at(directory, ignored), end; !ignored && at != end;
         at.increment(ignored)) {
        names.push_back(at->path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace

fs::path Spool::file_of(const std::string& id, bool failed) const {
    return directory_ / (id + (failed ? kFailed : kWaiting));
}

void Spool::add(const Notification& notification) const {
    make_directory(directory_.parent_path().parent_path());
    make_directory(directory_, kOursAlone);
    SpooledNotification spooled;
    spooled.target = target_;
    spooled.notification = notification;
    write_durably(file_of(notification.id, false), text_of(spooled), 0600);
}

std::vector<SpooledNotification> Spool::files(bool failed) const {
    std::vector<SpooledNotification> found;
    for (const std::string& name : names_in(directory_)) {
        if (!name.ends_with(failed ? kFailed : kWaiting) || (!failed && name.ends_with(kFailed))) {
            continue;
        }
        try {
            if (const std::optional<std::string> text = read_if_exists(directory_ / name)) {
                found.push_back(spooled_from(*text));
                found.back().failed = failed;
            }
        } catch (const std::exception&) {
            // Not one of ours, or torn by a full disk: nothing can be told from it.
        }
    }
    return found;
}

void Spool::remove(const SpooledNotification& delivered) const {
    // It has to be gone: the deliverer would send it again and again.
    remove_tree(file_of(delivered.notification.id, false));
}

void Spool::update(const SpooledNotification& attempted) const {
    write_atomically(file_of(attempted.notification.id, false), text_of(attempted), 0600);
}

void Spool::give_up(const SpooledNotification& hopeless) const {
    write_durably(file_of(hopeless.notification.id, true), text_of(hopeless), 0600);
    remove(hopeless);
    std::vector<std::string> kept = names_in(directory_);
    std::erase_if(kept, [](const std::string& name) { return !name.ends_with(kFailed); });
    std::error_code ignored;
    for (std::size_t i = 0; i + kMostFailed < kept.size(); ++i) {
        fs::remove(directory_ / kept[i], ignored);
    }
}

std::size_t Spool::revive_failed() const {
    const std::vector<SpooledNotification> all = failed();
    for (const SpooledNotification& one : all) {
        rename_durably(file_of(one.notification.id, true), file_of(one.notification.id, false));
    }
    return all.size();
}

std::size_t Spool::drop_failed() const {
    const std::vector<SpooledNotification> all = failed();
    for (const SpooledNotification& one : all) {
        remove_tree(file_of(one.notification.id, true));
    }
    return all.size();
}

std::vector<std::string> spooled_targets(const fs::path& deployment_directory) {
    return names_in(deployment_directory / "notifications");
}

}  // namespace teal::cli
