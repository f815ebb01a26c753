// stack.json: what a snapshot of a Procfile starts, as data: so that a former version is started as
// it was, whatever the Procfile and teal.toml say by now. The code is not in it: of that, only the
// git commit is known.
#pragma once

#include "cli/stack/definition.hpp"
#include "cli/stack/procfile/code_state.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace teal::cli {

inline constexpr char kStackPlanName[] = "stack.json";

struct PlannedProcess {
    std::string name;
    std::string command;
    std::uint32_t replicas = 1;
    bool shared = false;
    bool entry = false;
    // After rolling updates, which give a new instance the next free number: the numbers of its
    // instances. Empty: 1 to replicas.
    std::vector<std::uint32_t> numbers{};
    // The snapshot it is started from; empty: the plan's.
    std::string snapshot{};

    std::vector<std::uint32_t> instance_numbers() const;
    bool has_number(std::uint32_t number) const;
};

struct StackPlan {
    std::string snapshot;
    std::string project;
    bool has_environment = false;  // the snapshot has a .env
    std::optional<CodeState> code{};
    std::vector<PlannedProcess> processes{};

    const PlannedProcess* find(const std::string& name) const;
};

StackPlan plan_of(const StackDefinition& definition, const std::string& snapshot);

std::string to_text(const StackPlan& plan);
// Throws Error naming the file for anything but to_text()'s own.
StackPlan parse_stack_plan(const std::filesystem::path& file, const std::string& text);

}  // namespace teal::cli
