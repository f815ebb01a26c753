// The processes of a Procfile, without docker: each with its own port, detached from the command
// that starts them, kept running by a small supervisor of ours.
#pragma once

#include "cli/project/settings.hpp"
#include "cli/stack/stack.hpp"

#include <filesystem>
#include <memory>

namespace teal::cli {

// Reads nothing yet.
// `program`: the `teal` that supervises; empty: this one.
std::unique_ptr<Stack> open_procfile_stack(const Settings& settings,
                                           const std::filesystem::path& program = {});

}  // namespace teal::cli
