// What a rolling update does with each service, in which phase, and in which order. Pure: from what
// the project says and what differs.
#pragma once

#include "cli/stack/definition.hpp"
#include "cli/stack/replacing.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace teal::cli {

enum class Means {
    up_to_date,
    beside,    // a new instance beside the old one, then the old one goes
    in_place,  // the old one ends before the new one starts
    job,       // runs anew, to its end
    removal,   // no longer part of the project
};
const char* name_of(Means means);  // "up to date", "beside", "in place", "job", "removed"

struct PlannedStep {
    std::string service;
    int phase = 1;  // 1: not critical, 2: critical
    std::string phase_reason{};
    Means means = Means::up_to_date;
    std::string means_reason{};
    std::string difference{};  // empty: up to date
    bool fresh = false;        // it is new: there is nothing to go back to
    bool known = true;         // false: its image is built first, and it may be up to date then
    bool shared = false;
    std::uint32_t replicas = 1;
    // Splits whose entries depend on a service that is replaced in place: held meanwhile.
    std::vector<std::string> held{};
};

struct RollingOrder {
    std::vector<PlannedStep> steps;  // in order; those of phase 1 first, removals last
    std::vector<std::string> notes;  // what people should know of the order

    const PlannedStep* find(const std::string& service) const;
    bool changes_anything() const;
};

// `asked`: only these; empty: all. `force`: also those that are up to date.
// Inside a phase a service comes after those that it depends on. Where a service of phase 1 depends
// on one of phase 2 the phases decide, and a note says so.
RollingOrder order_services(const StackDefinition& stack, const std::vector<Comparison>& compared,
                            const std::vector<std::string>& asked, bool force);

// Throws Error (wrong input) for a name that is no service of the stack.
void demand_services(const StackDefinition& stack, const std::vector<std::string>& asked);

// Splits of the entries that need the service, themselves or through others.
std::vector<std::string> splits_needing(const StackDefinition& stack, const std::string& service);

}  // namespace teal::cli
