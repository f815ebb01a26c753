#include "cli/notify/target.hpp"

#include "cli/error.hpp"
#include "cli/health/url.hpp"
#include "cli/notify/notification.hpp"
#include "cli/project/secret_names.hpp"
#include "cli/suggestion.hpp"

#include <algorithm>

namespace teal::cli {
namespace {

namespace fs = std::filesystem;

constexpr double kLongestAttempt_s = 300;
constexpr double kLongestLimit_s = 86400;
constexpr std::size_t kLongestName = 63;

struct Key {
    const char* name;
    void (*apply)(NotifyTarget&, const fs::path& directory, const SettingValue&);
};

// The value may be the secret itself, put into the wrong key: it is not repeated.
std::string variable_name(const SettingValue& value) {
    const std::string name = read_text(value);
    const bool good = name.find_first_not_of(
                          "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                          "0123456789_") == std::string::npos;
    if (!good) {
        throw wrong_input(value.where + " is no name of an environment variable",
                          "name the variable that holds it, as in \"OPS_WEBHOOK_URL\"");
    }
    return name;
}

fs::path file_name(const fs::path& directory, const SettingValue& value) {
    const std::string name = read_text(value);
    if (name.find("://") != std::string::npos) {
        throw wrong_input(value.where + " is a URL, not a file",
                          "name the file that holds it; a path is relative to teal.toml's");
    }
    return (directory / name).lexically_normal();
}

std::vector<std::string> read_events(const SettingValue& value) {
    std::vector<std::string> events = read_list(value);
    for (const std::string& event : events) {
        const auto& known = event_names();
        if (std::find(known.begin(), known.end(), event) == known.end()) {
            throw wrong_input(
                value.where + ": there is no event \"" + event + "\"" + did_you_mean(event, known),
                "use some of: " + listed(known));
        }
    }
    return events;
}

constexpr Key kKeys[] = {
    {"kind",
     [](NotifyTarget& t, const fs::path&, const SettingValue& v) {
         t.kind_word = read_one_of(v, {"slack", "discord", "webhook", "command"});
     }},
    {"url", [](NotifyTarget& t, const fs::path&, const SettingValue& v) { t.url = read_text(v); }},
    {"url_env",
     [](NotifyTarget& t, const fs::path&, const SettingValue& v) { t.url_env = variable_name(v); }},
    {"url_file", [](NotifyTarget& t, const fs::path& directory,
                    const SettingValue& v) { t.url_file = file_name(directory, v); }},
    {"secret",
     [](NotifyTarget&, const fs::path&, const SettingValue& v) {
         throw wrong_input(v.where + ": a secret in teal.toml would be read by everybody",
                           "put it into a variable or a file: secret_env or secret_file");
     }},
    {"secret_env", [](NotifyTarget& t, const fs::path&,
                      const SettingValue& v) { t.secret_env = variable_name(v); }},
    {"secret_file", [](NotifyTarget& t, const fs::path& directory,
                       const SettingValue& v) { t.secret_file = file_name(directory, v); }},
    {"command",
     [](NotifyTarget& t, const fs::path&, const SettingValue& v) { t.command = read_list(v); }},
    {"events",
     [](NotifyTarget& t, const fs::path&, const SettingValue& v) { t.events = read_events(v); }},
    {"timeout",
     [](NotifyTarget& t, const fs::path&, const SettingValue& v) {
         t.timeout_s = read_seconds(v, 0.1, kLongestAttempt_s);
     }},
    {"give_up_after",
     [](NotifyTarget& t, const fs::path&, const SettingValue& v) {
         t.give_up_after_s = read_seconds(v, 0, kLongestLimit_s);
     }},
};

bool is_target_name(const std::string& name) {
    return !name.empty() && name.size() <= kLongestName && name.front() != '-' &&
           name.find_first_not_of(
               "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
               "0123456789_-") == std::string::npos;
}

[[noreturn]] void refuse(const NotifyTarget& target, const std::string& what,
                         const std::string& next) {
    throw wrong_input(target.where + ": " + what, next);
}

// A user before an '@', or a query that says so.
bool has_credentials(const std::string& url) {
    const std::size_t host = std::min(url.find("://"), url.size());
    const std::size_t end = url.find_first_of("/?#", std::min(host + 3, url.size()));
    const std::size_t query = std::min(url.find('?'), url.size());
    for (const char* word : {"key=", "sig=", "auth=", "pass="}) {
        if (url.find(word, query) != std::string::npos) {
            return true;
        }
    }
    return url.substr(0, end).find('@') != std::string::npos || is_secret("", url);
}

void check_url(const NotifyTarget& target) {
    const int named = (target.url.empty() ? 0 : 1) + (target.url_env.empty() ? 0 : 1) +
                      (target.url_file.empty() ? 0 : 1);
    if (!target.url.empty()) {
        if (target.kind != TargetKind::webhook) {
            refuse(target, std::string("a ") + name_of(target.kind) + " webhook's URL is a secret",
                   "put it into a variable or a file: url_env or url_file");
        }
        if (has_credentials(target.url)) {
            refuse(target, "there is something secret in its URL",
                   "put the URL into a variable or a file: url_env or url_file");
        }
        if (!parse_url(target.url)) {
            refuse(target, "its url is no http or https URL",
                   "write it as in https://audit.example/teal");
        }
    }
    if (named != 1) {
        refuse(target, named == 0 ? "it has no URL" : "it has more than one URL",
               target.kind == TargetKind::webhook ? "give it one of url, url_env and url_file"
                                                  : "give it one of url_env and url_file");
    }
}

void check_target(NotifyTarget& target) {
    if (target.kind_word.empty()) {
        refuse(target, "it has no kind", "use kind = \"slack\", discord, webhook or command");
    }
    for (const TargetKind kind :
         {TargetKind::slack, TargetKind::discord, TargetKind::webhook, TargetKind::command}) {
        if (target.kind_word == name_of(kind)) {
            target.kind = kind;
        }
    }
    const bool has_secret = !target.secret_env.empty() || !target.secret_file.empty();
    if (has_secret && target.kind != TargetKind::webhook) {
        refuse(target, std::string("a ") + name_of(target.kind) + " target signs nothing",
               "leave secret_env and secret_file out");
    }
    if (!target.secret_env.empty() && !target.secret_file.empty()) {
        refuse(target, "it has two secrets", "use one of secret_env and secret_file");
    }
    if (target.kind != TargetKind::command) {
        if (!target.command.empty()) {
            refuse(target, std::string("a ") + name_of(target.kind) + " target runs no command",
                   "leave command out, or use kind = \"command\"");
        }
        check_url(target);
        return;
    }
    if (target.command.empty()) {
        refuse(target, "it has no command", "name a program and its arguments: command = [\"…\"]");
    }
    if (!target.url.empty() || !target.url_env.empty() || !target.url_file.empty()) {
        refuse(target, "a command has no URL", "leave url, url_env and url_file out");
    }
}

}  // namespace

const char* name_of(TargetKind kind) {
    switch (kind) {
        case TargetKind::slack:
            return "slack";
        case TargetKind::discord:
            return "discord";
        case TargetKind::webhook:
            return "webhook";
        case TargetKind::command:
            return "command";
    }
    return "?";
}

bool NotifyTarget::wants(const std::string& event) const {
    return events.empty() || event == name_of(EventKind::test) ||
           std::find(events.begin(), events.end(), event) != events.end();
}

void apply_to_target(NotifyTargets& targets, const fs::path& directory, const SettingValue& value) {
    const std::string name = value.key.size() > 1 ? value.key[1] : "";
    std::vector<std::string> known;
    if (value.key.size() == 3 && is_target_name(name)) {
        for (const Key& key : kKeys) {
            if (value.key[2] == key.name) {
                NotifyTarget& target = targets[name];
                target.where = value.where.substr(0, value.where.rfind('.'));
                key.apply(target, directory, value);
                return;
            }
            known.emplace_back(key.name);
        }
        throw wrong_input(
            value.where + ": there is no such key" + did_you_mean(value.key[2], known),
            "use one of: " + listed(known));
    }
    throw wrong_input(value.where + ": a target of notifications needs a name",
                      "write a section [notify.NAME], of letters, digits, '_' and '-'");
}

void check_targets(NotifyTargets& targets) {
    for (auto& [name, target] : targets) {
        check_target(target);
    }
}

}  // namespace teal::cli
