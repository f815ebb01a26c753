// `teal urls`: every way in, and whether it answers.
#pragma once

#include "cli/exit_codes.hpp"
#include "cli/project/settings.hpp"

namespace teal::cli {

struct UrlsOptions {
    ProjectOptions project;
    bool json = false;
};

void add_urls(CLI::App& app, ExitCode& result);
ExitCode run_urls(const UrlsOptions& options);

}  // namespace teal::cli
