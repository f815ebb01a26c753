#include "cli/notify/payload.hpp"

#include "cli/snapshot/metadata.hpp"
#include "shared/sticky/cookie.hpp"

#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

using Json = nlohmann::ordered_json;

// What both services take, with room to spare.
constexpr std::size_t kMostText = 2000;
constexpr std::size_t kMostValue = 900;
constexpr std::size_t kMostFields = 10;

constexpr char kEllipsis[] = "…";

enum class Tone { neutral, good, bad, asking };

Tone tone_of(EventKind kind) {
    switch (kind) {
        case EventKind::deploy_finished:
        case EventKind::promoted:
            return Tone::good;
        case EventKind::deploy_failed:
        case EventKind::tripped:
        case EventKind::rolled_back:
            return Tone::bad;
        case EventKind::approval_wanted:
        case EventKind::aborted:
        case EventKind::inconclusive:
            return Tone::asking;
        case EventKind::deploy_started:
        case EventKind::step_reached:
        case EventKind::test:
            break;
    }
    return Tone::neutral;
}

std::uint32_t colour_of(EventKind kind) {
    switch (tone_of(kind)) {
        case Tone::good:
            return 0x2eb67d;
        case Tone::bad:
            return 0xe01e5a;
        case Tone::asking:
            return 0xecb22e;
        case Tone::neutral:
            break;
    }
    return 0x1d9a9a;
}

std::string colour_text(std::uint32_t colour) {
    std::string text = "#";
    for (int shift = 20; shift >= 0; shift -= 4) {
        text += "0123456789abcdef"[colour >> shift & 15u];
    }
    return text;
}

std::string utf8(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// Slack's own three: with them nothing can be a mention, a link or a command.
std::string slack_text(const std::string& text) {
    std::string escaped;
    for (const char c : text) {
        escaped += c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : std::string(1, c);
    }
    return escaped;
}

std::string code(const std::string& command) {
    std::string text = command;
    std::erase(text, '`');
    return "`" + text + "`";
}

std::string footer(const Notification& notification) {
    return "teal · " + notification.user + "@" + notification.host;
}

Json slack_section(const std::string& text) {
    return {{"type", "section"}, {"text", {{"type", "mrkdwn"}, {"text", text}}}};
}

}  // namespace

std::string shortened(const std::string& text, std::size_t most_bytes) {
    if (text.size() <= most_bytes) {
        return text;
    }
    std::size_t end = most_bytes - (sizeof(kEllipsis) - 1);
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0u) == 0x80u) {
        --end;
    }
    return text.substr(0, end) + kEllipsis;
}

std::string slack_payload(const Notification& notification) {
    Json blocks = Json::array();
    blocks.push_back(slack_section(slack_text(shortened(notification.summary, kMostText))));
    Json fields = Json::array();
    for (const auto& [name, value] : notification.facts) {
        if (!value.empty() && fields.size() < kMostFields) {
            fields.push_back({{"type", "mrkdwn"},
                              {"text", "*" + slack_text(name) + "*\n" +
                                           slack_text(shortened(value, kMostValue))}});
        }
    }
    if (!fields.empty()) {
        blocks.push_back({{"type", "section"}, {"fields", fields}});
    }
    if (!notification.command.empty()) {
        blocks.push_back(
            slack_section(slack_text(code(shortened(notification.command, kMostValue)))));
    }
    blocks.push_back({{"type", "context"},
                      {"elements", Json::array({{{"type", "mrkdwn"},
                                                 {"text", slack_text(footer(notification))}}})}});
    const Json json{
        {"text", slack_text(headline(notification))},
        {"attachments",
         Json::array({{{"color", colour_text(colour_of(notification.kind))},
                       {"fallback", slack_text(shortened(notification.summary, kMostValue))},
                       {"blocks", blocks}}})}};
    return utf8(json);
}

std::string discord_payload(const Notification& notification) {
    Json fields = Json::array();
    for (const auto& [name, value] : notification.facts) {
        if (!value.empty() && fields.size() < kMostFields) {  // Discord refuses an empty value
            fields.push_back(
                {{"name", name}, {"value", shortened(value, kMostValue)}, {"inline", true}});
        }
    }
    if (!notification.command.empty()) {
        fields.push_back({{"name", "next"},
                          {"value", code(shortened(notification.command, kMostValue))},
                          {"inline", false}});
    }
    const Json embed{{"title", shortened(headline(notification), 250)},
                     {"description", shortened(notification.summary, kMostText)},
                     {"color", colour_of(notification.kind)},
                     {"fields", fields},
                     {"footer", {{"text", footer(notification)}}},
                     {"timestamp", utc_text(notification.time_unix_ns)}};
    const Json json{{"embeds", Json::array({embed})},
                    {"allowed_mentions", {{"parse", Json::array()}}}};
    return utf8(json);
}

std::string payload_for(TargetKind kind, const Notification& notification) {
    switch (kind) {
        case TargetKind::slack:
            return slack_payload(notification);
        case TargetKind::discord:
            return discord_payload(notification);
        case TargetKind::webhook:
        case TargetKind::command:
            break;
    }
    return to_json_text(notification);
}

std::string signature_of(const std::string& secret, std::uint64_t timestamp_unix_s,
                         std::string_view body) {
    sticky::Signer signer;
    signer.set_secret(secret);
    const std::string message = std::to_string(timestamp_unix_s) + "." + std::string(body);
    unsigned char mac[32];
    signer.sign(message.data(), message.size(), mac);
    std::string text = "sha256=";
    for (const unsigned char byte : mac) {
        text += "0123456789abcdef"[byte >> 4u];
        text += "0123456789abcdef"[byte & 15u];
    }
    return text;
}

HeaderFields webhook_headers(const Notification& notification, std::string_view body,
                             const std::string& secret, std::uint64_t now_unix_s) {
    HeaderFields headers{{"X-Teal-Event", name_of(notification.kind)},
                         {"X-Teal-Delivery", notification.id},
                         {"X-Teal-Timestamp", std::to_string(now_unix_s)}};
    if (!secret.empty()) {
        headers.emplace_back("X-Teal-Signature", signature_of(secret, now_unix_s, body));
    }
    return headers;
}

std::vector<std::pair<std::string, std::string>> hook_environment(
    const Notification& notification) {
    std::vector<std::pair<std::string, std::string>> variables;
    const auto add = [&](const std::string& name, const std::string& value) {
        std::string clean = value;
        std::erase(clean, '\0');  // a variable ends there
        variables.emplace_back("TEAL_EVENT_" + name, clean);
    };
    for (const auto& [name, value] : notification.facts) {
        std::string shouted;
        for (const char c : name) {
            shouted += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        }
        add(shouted, value);
    }
    // Behind the facts: those never replace what is fixed.
    add("KIND", name_of(notification.kind));
    add("ID", notification.id);
    add("SUMMARY", notification.summary);
    add("PROJECT", notification.project);
    add("COMMAND", notification.command);
    add("TIME", utc_text(notification.time_unix_ns));
    add("USER", notification.user);
    add("HOST", notification.host);
    return variables;
}

}  // namespace teal::cli
