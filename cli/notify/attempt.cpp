#include "cli/notify/attempt.hpp"

#include "cli/error.hpp"
#include "cli/notify/payload.hpp"
#include "cli/notify/post_wire.hpp"
#include "cli/process/command.hpp"
#include "cli/process/companion.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <exception>

namespace teal::cli {
namespace {

// Beyond the attempt's own time: starting, and saying what came out.
constexpr auto kAttemptPatience = std::chrono::seconds(5);
constexpr std::size_t kMostWords = 300;

std::chrono::milliseconds in_milliseconds(double seconds) {
    return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000.0));
}

std::string first_line(const std::string& text) {
    const std::size_t begin = std::min(text.find_first_not_of(" \t\r\n"), text.size());
    const std::size_t end = std::min(text.find_first_of("\r\n", begin), text.size());
    return shortened(text.substr(begin, end - begin), kMostWords);
}

std::string last_line(std::string text) {
    text.erase(text.find_last_not_of(" \t\r\n") + 1);
    const std::size_t end_before = text.rfind('\n');
    return first_line(end_before == std::string::npos ? text : text.substr(end_before + 1));
}

bool may_be_tried_again(std::uint32_t status) {
    return status == 408 || status == 425 || status == 429 || status >= 500;
}

AttemptResult judged(const PostAnswer& answer) {
    AttemptResult result;
    if (answer.status == 0) {
        result.problem = answer.problem;
        return result;
    }
    result.delivered = answer.status >= 200 && answer.status < 300;
    if (!result.delivered) {
        const std::string words = first_line(answer.body);
        result.problem =
            fmt::format("answered {}{}{}", answer.status, words.empty() ? "" : ": ", words);
        result.hopeless = !may_be_tried_again(answer.status);
        result.retry_after = in_milliseconds(std::min(answer.retry_after_s, 86400.0));
    }
    return result;
}

AttemptResult post(const Destination& destination, const Notification& notification,
                   std::uint64_t now_unix_s) {
    PostRequest request{.url = destination.url};
    request.body = payload_for(destination.kind, notification);
    request.timeout_s = destination.timeout_s;
    if (destination.kind == TargetKind::webhook) {
        request.headers =
            webhook_headers(notification, request.body, destination.secret, now_unix_s);
    }
    Command command{.argv = {companion_program("teal-post", "TEAL_POST").string()}};
    command.input = to_text(request);
    command.deadline = in_milliseconds(destination.timeout_s) + kAttemptPatience;
    const CommandResult ran = run_command(command);
    if (!ran.ok()) {
        throw failure("teal-post: " + (ran.timed_out ? "did not end in time" : last_line(ran.err)),
                      kReinstall);
    }
    try {
        return judged(post_answer_from(ran.out));
    } catch (const std::exception&) {
        throw failure("teal-post: unreadable answer", kReinstall);
    }
}

AttemptResult run_hook(const Destination& destination, const Notification& notification) {
    Command command{.argv = destination.command};
    command.directory = destination.directory;
    command.environment = hook_environment(notification);
    command.input = to_json_text(notification) + "\n";
    command.deadline = in_milliseconds(destination.timeout_s);
    const CommandResult ran = run_command(command);
    AttemptResult result;
    result.delivered = ran.ok();
    if (ran.timed_out) {
        result.problem = fmt::format("{} did not end within {:g} s", destination.command.front(),
                                     destination.timeout_s);
    } else if (!ran.ok()) {
        const std::string words = last_line(ran.said());
        result.problem = fmt::format("{} ended with {}{}{}", destination.command.front(),
                                     ran.exit_code, words.empty() ? "" : ": ", words);
    }
    return result;
}

}  // namespace

AttemptResult attempt_delivery(const Destination& destination, const Notification& notification,
                               std::uint64_t now_unix_s) {
    AttemptResult result = destination.kind == TargetKind::command
                               ? run_hook(destination, notification)
                               : post(destination, notification, now_unix_s);
    result.problem = destination.redacted(result.problem);
    return result;
}

}  // namespace teal::cli
