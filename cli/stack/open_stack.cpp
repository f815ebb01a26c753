#include "cli/stack/open_stack.hpp"

#include "cli/error.hpp"
#include "cli/project/project_directory.hpp"
#include "cli/stack/procfile/procfile_stack.hpp"

#include <cstdlib>
#include <system_error>

namespace teal::cli {

std::unique_ptr<Stack> open_compose_stack(const Settings& settings);

namespace {

bool has_compose_file(const Settings& settings) {
    const char* named = std::getenv("COMPOSE_FILE");
    return !settings.files.empty() || (named != nullptr && *named != '\0') ||
           !compose_file_in(settings.directory).empty();
}

bool has_procfile(const Settings& settings) {
    std::error_code ignored;
    return std::filesystem::exists(settings.directory / kProcfileName, ignored);
}

}  // namespace

bool is_project(const Settings& settings) {
    return has_compose_file(settings) || has_procfile(settings);
}

StackKind stack_kind(const Settings& settings) {
    const bool compose = has_compose_file(settings);
    const bool procfile = has_procfile(settings);
    const std::string& wanted = settings.stack;
    if (wanted == "compose" ? !compose : wanted == "procfile" ? !procfile : !compose && !procfile) {
        throw wrong_input(
            settings.directory.string() + ": there is no " +
                (wanted == "compose"    ? "compose file"
                 : wanted == "procfile" ? "Procfile"
                                        : "compose file and no Procfile") +
                " here or in a directory above",
            "go to the project's directory or name it: -C DIR; `teal init` begins a new one");
    }
    if (wanted == "auto" && compose && procfile) {
        throw wrong_input(settings.directory.string() + ": has a compose file and a Procfile",
                          "say which one deploys it, in teal.toml: [project] stack = \"compose\" "
                          "or \"procfile\"");
    }
    return wanted == "compose" || (wanted == "auto" && compose) ? StackKind::compose
                                                                : StackKind::procfile;
}

std::unique_ptr<Stack> open_stack(const Settings& settings) {
    return stack_kind(settings) == StackKind::compose ? open_compose_stack(settings)
                                                      : open_procfile_stack(settings);
}

}  // namespace teal::cli
