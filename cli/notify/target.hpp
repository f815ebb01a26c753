// Who is told, as teal.toml has it:
//
//   [notify.ops]
//   kind = "slack"                    # slack, discord, webhook, command
//   url_env = "OPS_WEBHOOK_URL"       # or url_file = "ops.url": a chat's URL is a secret
//   events = ["deploy_failed", "tripped"]  # all, when left out
//   timeout = 10                      # seconds an attempt may take
//   give_up_after = 600               # seconds from the event on, with growing pauses between
//   [notify.audit]
//   kind = "webhook"
//   url = "https://audit.example/teal"  # allowed here as long as nothing in it is secret
//   secret_env = "AUDIT_SECRET"       # or secret_file: signs the body
//   [notify.pager]
//   kind = "command"
//   command = ["bin/page", "--team", "ops"]  # gets the event as JSON on standard input
//
// teal.toml is committed and read by everybody: a secret in it is refused, and never repeated in
// the error.
#pragma once

#include "cli/project/setting_value.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace teal::cli {

enum class TargetKind { slack, discord, webhook, command };

const char* name_of(TargetKind kind);

struct NotifyTarget {
    std::string where;  // "/srv/shop/teal.toml:7: notify.ops", for messages
    std::string kind_word{};
    TargetKind kind = TargetKind::webhook;
    std::string url{};
    std::string url_env{};
    std::filesystem::path url_file{};
    std::string secret_env{};
    std::filesystem::path secret_file{};
    std::vector<std::string> command{};
    std::vector<std::string> events{};  // empty: all
    double timeout_s = 10;
    double give_up_after_s = 600;

    bool wants(const std::string& event) const;
};

using NotifyTargets = std::map<std::string, NotifyTarget>;

// A key of [notify.NAME]. Paths are relative to `directory`. Throws Error (wrong input).
void apply_to_target(NotifyTargets& targets, const std::filesystem::path& directory,
                     const SettingValue& value);
// What only shows when all keys are known: each kind has what it needs and nothing else. Throws
// Error (wrong input).
void check_targets(NotifyTargets& targets);

}  // namespace teal::cli
