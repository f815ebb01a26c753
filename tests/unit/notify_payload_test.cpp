// What each kind of receiver gets: forms, signature, limits, and that nothing in it can be a
// mention or a command.
#include "cli/notify/payload.hpp"
#include "tests/catch.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

using namespace teal::cli;
using Catch::Matchers::ContainsSubstring;
using Json = nlohmann::json;

namespace {

Notification failed() {
    Notification notification;
    notification.kind = EventKind::deploy_failed;
    notification.summary = "perform failed in phase health: <web> answered 500 & more";
    notification.facts = {{"from", "blue"}, {"to", "green"}, {"snapshot", ""}};
    notification.command = "teal logs --color green";
    notification.id = "00000000000000000001-7-1";
    notification.project = "shop";
    notification.time_unix_ns = 1'700'000'000'000'000'000u;
    notification.user = "ann";
    notification.host = "web1";
    return notification;
}

std::string value_of(const std::vector<std::pair<std::string, std::string>>& fields,
                     const std::string& name) {
    const auto found = std::find_if(fields.begin(), fields.end(),
                                    [&](const auto& field) { return field.first == name; });
    return found == fields.end() ? "(none)" : found->second;
}

}  // namespace

TEST_CASE("a webhook gets the event as JSON, which reads back as what it was") {
    const std::string text = payload_for(TargetKind::webhook, failed());
    const Json json = Json::parse(text);
    CHECK(json["event"] == "deploy_failed");
    CHECK(json["project"] == "shop");
    CHECK(json["facts"] == Json({{"from", "blue"}, {"to", "green"}}));
    CHECK_THAT(json["time"].get<std::string>(), ContainsSubstring("2023-11-14"));
    CHECK(to_json_text(notification_from(text)) == text);
    Notification broken = failed();
    broken.summary = "\xff not UTF-8";
    CHECK_NOTHROW(Json::parse(to_json_text(broken)));
    CHECK_THROWS(notification_from("{}"));
}

TEST_CASE("Slack gets a headline and blocks, with nothing left that it would act on") {
    Notification notification = failed();
    notification.summary += " <!channel>";
    const Json json = Json::parse(payload_for(TargetKind::slack, notification));
    CHECK(json["text"] == "shop: deployment failed");
    const Json& attachment = json["attachments"][0];
    CHECK(attachment["color"] == "#e01e5a");
    const Json& blocks = attachment["blocks"];
    CHECK_THAT(blocks[0]["text"]["text"].get<std::string>(),
               ContainsSubstring("&lt;web&gt; answered 500 &amp; more &lt;!channel&gt;"));
    CHECK(blocks[1]["fields"].size() == 2);
    CHECK(blocks[1]["fields"][1]["text"] == "*to*\ngreen");
    CHECK(blocks[2]["text"]["text"] == "`teal logs --color green`");
    CHECK(blocks[3]["elements"][0]["text"] == "teal · ann@web1");
}

TEST_CASE("Discord gets one embed that mentions nobody") {
    const Json json = Json::parse(payload_for(TargetKind::discord, failed()));
    CHECK(json["allowed_mentions"]["parse"].empty());
    const Json& embed = json["embeds"][0];
    CHECK(embed["title"] == "shop: deployment failed");
    CHECK(embed["color"] == 0xe01e5a);
    CHECK(embed["fields"].size() == 3);  // no empty value, which it would refuse
    CHECK(embed["fields"][2]["value"] == "`teal logs --color green`");
    CHECK_THAT(embed["timestamp"].get<std::string>(), ContainsSubstring("2023-11-14T"));
}

TEST_CASE("what is too long for a chat is cut between characters") {
    Notification notification = failed();
    notification.summary.clear();
    for (int i = 0; i < 3000; ++i) {
        notification.summary += "ö";
    }
    notification.facts.clear();
    for (int i = 0; i < 40; ++i) {
        notification.facts.emplace_back("fact" + std::to_string(i), std::string(5000, 'x'));
    }
    for (const TargetKind kind : {TargetKind::slack, TargetKind::discord}) {
        const std::string text = payload_for(kind, notification);
        CHECK(text.size() < 20'000);
        CHECK_THAT(text, !ContainsSubstring("\xef\xbf\xbd"));  // no half character
    }
    CHECK(shortened("abc", 3) == "abc");
    CHECK(shortened("abcdefgh", 6) == "abc…");
    CHECK(shortened("aööö", 6) == "aö…");
}

TEST_CASE("a webhook's signature is the HMAC that openssl computes, over timestamp and body") {
    // printf '%s' '1700000000.{"event":"test"}' | openssl dgst -sha256 -hmac 'an audit secret'
    CHECK(signature_of("an audit secret", 1'700'000'000, R"({"event":"test"})") ==
          "sha256=2f68c14883756003acf9f0849a98782ab7f647e83fbcb25babd8cbccf623d5bb");
    const HeaderFields headers = webhook_headers(failed(), "{}", "s", 42);
    CHECK(value_of(headers, "X-Teal-Event") == "deploy_failed");
    CHECK(value_of(headers, "X-Teal-Delivery") == "00000000000000000001-7-1");
    CHECK(value_of(headers, "X-Teal-Timestamp") == "42");
    CHECK(value_of(headers, "X-Teal-Signature") == signature_of("s", 42, "{}"));
    CHECK(signature_of("s", 43, "{}") != signature_of("s", 42, "{}"));
    CHECK(value_of(webhook_headers(failed(), "{}", "", 42), "X-Teal-Signature") == "(none)");
}

TEST_CASE("a hook finds the event in its environment, facts never in place of what is fixed") {
    Notification notification = failed();
    notification.facts.emplace_back("kind", "promoted");
    const auto variables = hook_environment(notification);
    CHECK(value_of(variables, "TEAL_EVENT_FROM") == "blue");
    CHECK(value_of(variables, "TEAL_EVENT_PROJECT") == "shop");
    CHECK(variables[3].second == "promoted");
    const auto last = std::find_if(variables.rbegin(), variables.rend(), [](const auto& field) {
        return field.first == "TEAL_EVENT_KIND";
    });
    CHECK(last->second == "deploy_failed");  // the later one counts
}

TEST_CASE("each kind of event has a name that reads back") {
    CHECK(event_names().size() == 10);
    for (const std::string& name : event_names()) {
        CHECK(name_of(parse_event_kind(name)) == name);
    }
    CHECK_THROWS(parse_event_kind("exploded"));
}
