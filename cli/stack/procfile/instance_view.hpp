// Processes as a stack's instances: those that are wanted, in their order, then those that are
// there beyond them.
#pragma once

#include "cli/stack/procfile/found_process.hpp"
#include "cli/stack/procfile/stack_plan.hpp"
#include "cli/stack/stack.hpp"

#include <string>
#include <vector>

namespace teal::cli {

std::vector<Instance> view_of(const StackPlan& wanted, const std::vector<FoundProcess>& found,
                              const StackPaths& paths, const std::string& group);

}  // namespace teal::cli
