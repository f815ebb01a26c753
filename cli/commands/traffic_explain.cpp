#include "cli/commands/traffic_explain.hpp"

#include "cli/error.hpp"
#include "cli/output/explanation_output.hpp"
#include "cli/output/quantities.hpp"
#include "cli/output/screen.hpp"
#include "cli/traffic/hold.hpp"
#include "cli/traffic/nginx_view.hpp"
#include "cli/traffic/set_words.hpp"
#include "cli/traffic/sticky_secret.hpp"
#include "cli/traffic/table_session.hpp"

#include <CLI/CLI.hpp>
#include <cstring>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

constexpr char kTrafficExplainHelp[] =
    "Examples:\n"
    "  teal traffic explain app --key alice\n"
    "  teal traffic explain app --cookie session=8f2c --address 192.0.2.7\n"
    "  teal traffic explain app --header 'X-Teal-Variant: green'\n"
    "  teal traffic explain app --var beta_user=1 --propose green=25\n"
    "\n"
    "The order is pin, exclude, when, holdout, layer, sticky, key: as in nginx, by the same code.\n"
    "--propose tells what other weights would do to this visitor and to how many others.\n";

struct Question {
    TablePaths paths;
    RequestFacts facts;
    std::vector<NamedVariant> proposal;
};

NamedValues parse_all(const std::string& option, char separator,
                      const std::vector<std::string>& texts) {
    NamedValues values;
    for (const std::string& text : texts) {
        values.push_back(parse_named_value(option, separator, text));
    }
    return values;
}

Question validate(const TrafficExplainOptions& options) {
    if (options.split.empty()) {
        throw wrong_input("no split was named", "write: teal traffic explain SPLIT --key TEXT");
    }
    Question question;
    question.paths = options.table.paths();
    if (options.has_key) {
        question.facts.key = options.key;
    }
    question.facts.cookies = parse_all("--cookie", '=', options.cookies);
    question.facts.headers = parse_all("--header", ':', options.headers);
    question.facts.arguments = parse_all("--arg", '=', options.arguments);
    question.facts.variables = parse_all("--var", '=', options.variables);
    if (!options.address.empty()) {
        check_address(options.address);
        question.facts.address = options.address;
    }
    for (const std::string& word : options.proposal) {
        question.proposal.push_back(parse_weight_word(word));
    }
    return question;
}

Circumstances circumstances_of(const table::SplitImage& split, std::uint64_t generation,
                               const NginxView& nginx, const std::string& secret_path) {
    Circumstances around;
    around.now_unix_s = now_unix_ns() / 1'000'000'000u;
    const std::optional<std::uint32_t> place = nginx.find_split(split.name);
    if (place && nginx.is_configured(nginx.file().split(*place))) {
        const counters::SplitEntry& entry = nginx.file().split(*place);
        around.rules = parse_rules({entry.rules, strnlen(entry.rules, sizeof(entry.rules))});
        for (const std::uint32_t variant : nginx.variants_of(*place)) {
            if (nginx.is_configured(nginx.file().variant(variant))) {
                around.known_variants.push_back(nginx.variant_name(variant));
            }
        }
        around.tripped = nginx.has_tripped(split, generation);
    }
    if (around.rules.sticky) {
        SecretFile secrets = read_secret_file(secret_path);
        around.signers = std::move(secrets.signers);
        around.no_signers_because = std::move(secrets.problem);
    }
    return around;
}

Proposal examine(const table::SplitImage& split, const Question& question, Circumstances around,
                 const Explanation& now) {
    table::SplitImage proposed = split;
    apply_request(proposed, {split.name, question.proposal, std::nullopt});
    Proposal proposal;
    proposal.moved_ppm = proposed.apply_weights();
    around.tripped = false;  // a publication clears the trip
    proposal.then = explain(proposed, around, question.facts);
    proposal.moves = proposal.then.variant != now.variant;
    for (const table::VariantImage& variant : proposed.variants) {
        proposal.weights.emplace_back(variant.name, variant.weight_ppm);
    }
    return proposal;
}

}  // namespace

ExitCode run_traffic_explain(const TrafficExplainOptions& options) {
    const Question question = validate(options);
    table::TableImage image = read_table(question.paths);
    const table::SplitImage& split = split_named(image, options.split);
    const NginxView nginx(question.paths.counters);
    if (const std::string problem = nginx.problem(); !problem.empty()) {
        warn("nginx's rules cannot be read: " + problem);
    }
    const Circumstances around =
        circumstances_of(split, image.generation, nginx,
                         options.secret_file.empty() ? question.paths.secret : options.secret_file);
    if (around.rules.keys.empty() && !question.facts.key) {
        throw nothing_there(
            "nothing is known of how nginx.conf decides for " + split.name +
                ": no running nginx has the split",
            "give the visitor's key yourself: teal traffic explain " + split.name + " --key TEXT");
    }

    Explanation now = explain(split, around, question.facts);
    if (const std::uint64_t time = now_unix_ns(); is_held(split, time)) {
        now.steps.push_back({"hold", "the request waits inside nginx, at most " +
                                         time_left_text(split.hold.until_unix_ns, time) +
                                         ", and is then decided by the table of that moment"});
    }
    std::optional<Proposal> proposal;
    if (!question.proposal.empty()) {
        proposal = examine(split, question, around, now);
    }
    print(options.json ? explanation_json(split.name, now, proposal).dump() + "\n"
                       : explanation_text(split.name, now, proposal));
    return ExitCode::ok;
}

void add_traffic_explain(CLI::App& app, ExitCode& result) {
    auto options = std::make_shared<TrafficExplainOptions>();
    CLI::App& command = *app.add_subcommand("explain", "which variant a request gets, and why");
    command.footer(kTrafficExplainHelp);
    const auto repeated = [&](const char* name, std::vector<std::string>& values,
                              const char* what) {
        command.add_option(name, values, what)->expected(1)->take_all();
    };
    command.add_option("split", options->split, "the split");
    CLI::Option* key = command.add_option("--key", options->key, "the visitor's key, outright");
    repeated("--cookie", options->cookies, "NAME=VALUE, repeatable");
    repeated("--header", options->headers, "'Name: value', repeatable");
    repeated("--arg", options->arguments, "NAME=VALUE of the query, repeatable");
    repeated("--var", options->variables, "NAME=VALUE of any other nginx variable, repeatable");
    command.add_option("--address", options->address, "the visitor's IP address");
    command.add_option("--propose", options->proposal, "VARIANT=PERCENT…: other weights to try");
    command.add_option("--secret", options->secret_file,
                       "the sticky cookies' secrets (default: as nginx, beside the saved table)");
    command.add_flag("--json", options->json, "print JSON");
    add_table_options(command, options->table);
    command.callback([options, key, &result] {
        options->has_key = key->count() > 0;
        result = run_traffic_explain(*options);
    });
}

}  // namespace teal::cli
