#include "cli/program.hpp"

#include "cli/commands/ab.hpp"
#include "cli/commands/agent.hpp"
#include "cli/commands/canary.hpp"
#include "cli/commands/command_choice.hpp"
#include "cli/commands/db.hpp"
#include "cli/commands/doctor.hpp"
#include "cli/commands/env.hpp"
#include "cli/commands/health.hpp"
#include "cli/commands/init.hpp"
#include "cli/commands/logs.hpp"
#include "cli/commands/notify.hpp"
#include "cli/commands/notify_deliver.hpp"
#include "cli/commands/process_supervisor.hpp"
#include "cli/commands/status.hpp"
#include "cli/commands/traffic.hpp"
#include "cli/commands/upgrade.hpp"
#include "cli/commands/urls.hpp"
#include "cli/database/connection_uri.hpp"
#include "cli/error.hpp"
#include "cli/output/screen.hpp"
#include "cli/suggestion.hpp"
#include "teal_version.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>

namespace teal::cli {
namespace {

void say_error(const std::string& what, const std::string& next_step) {
    std::string text = "teal: " + what + "\n";
    if (!next_step.empty()) {
        text += "  next: " + next_step + "\n";
    }
    std::fputs(text.c_str(), stderr);
}

// The command as far as it was understood.
const CLI::App& deepest(const CLI::App& app) {
    const CLI::App* found = &app;
    while (!found->get_subcommands().empty()) {
        found = found->get_subcommands().front();
    }
    return *found;
}

std::string full_name(const CLI::App& app) {
    return app.get_parent() == nullptr ? "teal"
                                       : full_name(*app.get_parent()) + " " + app.get_name();
}

std::string help_of(const CLI::App& app) {
    return app.help(app.get_parent() == nullptr ? "" : full_name(*app.get_parent()));
}

std::vector<std::string> words_of(const CLI::App& app, bool options) {
    std::vector<std::string> words;
    if (options) {
        for (const CLI::Option* option : app.get_options()) {
            for (const std::string& name : option->get_lnames()) {
                words.push_back("--" + name);
            }
        }
        return words;
    }
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
        words.push_back(command->get_name());
    }
    return words;
}

ExitCode explain_parse_error(const CLI::App& app, const CLI::ParseError& error) {
    const CLI::App& command = deepest(app);
    const std::vector<std::string> left_over = app.remaining(true);
    const std::string name = full_name(command);
    if (!left_over.empty()) {
        const std::string& word = left_over.front();
        const bool option = word.starts_with('-');
        const std::vector<std::string> known = words_of(command, option);
        say_error((option          ? "unknown option \""
                   : known.empty() ? "unexpected word \""
                                   : "unknown command \"") +
                      word + "\"" + did_you_mean(word, known),
                  name + " --help");
    } else if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr &&
               !words_of(command, false).empty()) {
        std::fputs(help_of(command).c_str(), stderr);
    } else {
        say_error(error.what(), name + " --help");
    }
    return ExitCode::usage;
}

ExitCode parse_and_run(int argc, char** argv) {
    ExitCode result = ExitCode::ok;
    CLI::App app("Moves live traffic between running versions of a service, on stock nginx.",
                 "teal");
    app.set_version_flag("--version", std::string("teal ") + kVersion);
    app.require_subcommand(1);
    app.footer(kExitCodesHelp);
    const std::string_view word = argc > 1 ? argv[1] : "";
    const std::string_view next_word = argc > 2 ? argv[2] : "";
    const CommandEntry commands[] = {
        {"init", [&] { add_init(app, result); }},
        {"traffic", [&] { add_traffic(app, next_word, result); }},
        {"upgrade", [&] { add_upgrade(app, next_word, result); }},
        {"canary", [&] { add_canary(app, next_word, result); }},
        {"ab", [&] { add_ab(app, next_word, result); }},
        {"status", [&] { add_status(app, result); }},
        {"health", [&] { add_health(app, next_word, result); }},
        {"urls", [&] { add_urls(app, result); }},
        {"logs", [&] { add_logs(app, result); }},
        {"env", [&] { add_env(app, next_word, result); }},
        {"db", [&] { add_db(app, next_word, result); }},
        {"agent", [&] { add_agent(app, result); }},
        {"notify", [&] { add_notify(app, next_word, result); }},
        {"doctor", [&] { add_doctor(app, result); }},
        {"notify-deliver", [&] { add_notify_deliver(app, result); }},
        {"process-supervisor", [&] { add_process_supervisor(app, result); }},
    };
    add_called(commands, word);
    // As CLI11 takes them: the last one first.
    std::vector<std::string> words(std::make_reverse_iterator(argv + argc),
                                   std::make_reverse_iterator(argv + std::min(argc, 1)));
    for (int i = 1; i < argc; ++i) {
        database::cover_password(argv[i]);
    }
    try {
        app.parse(std::move(words));
    } catch (const CLI::CallForHelp&) {
        print(help_of(deepest(app)));
    } catch (const CLI::CallForVersion& version) {
        print_line(version.what());
    } catch (const CLI::ParseError& error) {
        return explain_parse_error(app, error);
    }
    return result;
}

}  // namespace

int run_program(int argc, char** argv) {
    ExitCode code = ExitCode::failed;
    try {
        code = parse_and_run(argc, argv);
    } catch (const Error& error) {
        say_error(error.what(), error.next_step());
        code = error.code();
    } catch (const std::exception& error) {
        say_error(error.what(), "");
    }
    return static_cast<int>(code);
}

}  // namespace teal::cli
