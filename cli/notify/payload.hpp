// What goes over the wire to each kind of receiver. Pure functions, without anything secret.
#pragma once

#include "cli/notify/notification.hpp"
#include "cli/notify/target.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace teal::cli {

// https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks: a headline, and the
// facts as blocks. Nothing in them can mention a person or a channel.
std::string slack_payload(const Notification& notification);
// https://discord.com/developers/docs/resources/webhook#execute-webhook: one embed.
std::string discord_payload(const Notification& notification);
// The body for a kind that is asked by HTTP; to_json_text() for a webhook.
std::string payload_for(TargetKind kind, const Notification& notification);

// X-Teal-Event, X-Teal-Delivery (the id) and X-Teal-Timestamp (Unix seconds); with a secret also
// X-Teal-Signature: "sha256=" and the hexadecimal HMAC-SHA256 (RFC 2104) of
//   timestamp "." body
// so that a receiver can refuse what is old as well as what is not ours.
using HeaderFields = std::vector<std::pair<std::string, std::string>>;
HeaderFields webhook_headers(const Notification& notification, std::string_view body,
                             const std::string& secret, std::uint64_t now_unix_s);
std::string signature_of(const std::string& secret, std::uint64_t timestamp_unix_s,
                         std::string_view body);

// TEAL_EVENT_KIND, _ID, _SUMMARY, _PROJECT, _COMMAND, _TIME, _USER, _HOST, and each fact under its
// name in capitals: TEAL_EVENT_FROM.
std::vector<std::pair<std::string, std::string>> hook_environment(const Notification& notification);

// At most so many bytes, cut between characters and ended with "…".
std::string shortened(const std::string& text, std::size_t most_bytes);

}  // namespace teal::cli
