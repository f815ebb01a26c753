#include "cli/notify/destination.hpp"

#include "cli/error.hpp"
#include "cli/files/durable_file.hpp"
#include "cli/health/url.hpp"

#include <algorithm>
#include <cstdlib>
#include <optional>

namespace teal::cli {
namespace {

constexpr char kMask[] = "********";
constexpr char kBlanks[] = " \t\r\n";
// Shorter ones occur in words that are no secret.
constexpr std::size_t kShortestHidden = 4;

std::string trimmed(std::string text) {
    text.erase(text.find_last_not_of(kBlanks) + 1);
    text.erase(0, text.find_first_not_of(kBlanks));
    return text;
}

// From a variable or a file, whichever is named; nothing when neither is.
std::string held_by(const NotifyTarget& target, const char* what, const std::string& variable,
                    const std::filesystem::path& file) {
    if (!variable.empty()) {
        const char* text = std::getenv(variable.c_str());
        std::string value = trimmed(text == nullptr ? "" : text);
        if (value.empty()) {
            throw failure(target.where + ": the variable " + variable + ", which is to hold its " +
                              what + ", is not set",
                          "set it where teal is started");
        }
        return value;
    }
    if (!file.empty()) {
        std::string value = trimmed(read_whole(file));
        if (value.empty()) {
            throw failure(file.string() + ", which is to hold the " + what + " of " + target.where +
                              ", is empty",
                          std::string("write the ") + what + " into it");
        }
        return value;
    }
    return {};
}

// "https://user:password@host/path": where the part before the '@' begins and ends.
struct UserPart {
    std::size_t begin = 0;
    std::size_t end = 0;  // of the '@'; as begin: none
};

UserPart user_part(const std::string& url) {
    const std::size_t scheme = url.find("://");
    if (scheme == std::string::npos) {
        return {};
    }
    const std::size_t begin = scheme + 3;
    const std::size_t end = std::min(url.find_first_of("/?#", begin), url.size());
    const std::size_t at = url.substr(0, end).rfind('@');
    return at == std::string::npos || at < begin ? UserPart{begin, begin} : UserPart{begin, at};
}

std::optional<Url> parts_of(std::string url) {
    const UserPart user = user_part(url);
    if (user.end > user.begin) {
        url.erase(user.begin, user.end + 1 - user.begin);
    }
    return parse_url(url);
}

void hide(std::string& text, const std::string& secret) {
    if (secret.size() < kShortestHidden) {
        return;
    }
    for (std::size_t at = text.find(secret); at != std::string::npos;
         at = text.find(secret, at + sizeof(kMask) - 1)) {
        text.replace(at, secret.size(), kMask);
    }
}

}  // namespace

std::string Destination::redacted(std::string text) const {
    hide(text, url);
    if (const std::optional<Url> parts = parts_of(url)) {
        hide(text, parts->path);
        hide(text, parts->path.substr(0, parts->path.find('?')));
    }
    const UserPart user = user_part(url);
    hide(text, url.substr(user.begin, user.end - user.begin));
    hide(text, secret);
    return text;
}

Destination open_destination(const NotifyTarget& target, const std::filesystem::path& directory) {
    Destination destination;
    destination.kind = target.kind;
    destination.command = target.command;
    destination.directory = directory;
    destination.timeout_s = target.timeout_s;
    if (target.kind == TargetKind::command) {
        return destination;
    }
    destination.url =
        target.url.empty() ? held_by(target, "URL", target.url_env, target.url_file) : target.url;
    destination.secret = held_by(target, "secret", target.secret_env, target.secret_file);
    if (!parts_of(destination.url)) {
        throw failure(target.where + ": " +
                          (target.url_env.empty() ? target.url_file.string()
                                                  : "the variable " + target.url_env) +
                          " does not hold an http or https URL",
                      "write it as the service gave it: https://…");
    }
    return destination;
}

}  // namespace teal::cli
