// Replacing single services of a color that serves while the others stay: what a rolling update
// does with containers or processes. Nothing here knows of traffic.
//
// A rolling run has a snapshot of its own, of the serving color. Its files always say what runs:
// the services that were replaced as the target has them, the others exactly as before, so that
// starting from these files finds nothing to do.
// Members may be called again after a crash in the middle of them. They throw Error.
#pragma once

#include "cli/stack/stack.hpp"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace teal::cli {

enum class Version { before, target };

constexpr Version other(Version version) {
    return version == Version::before ? Version::target : Version::before;
}

// A service of what runs, or of what is to run.
struct Comparison {
    std::string service;
    bool shared = false;
    bool in_target = true;     // false: no longer part of the project
    bool was_there = true;     // false: new
    bool known = true;         // false: its image has to be built before it is known
    std::string difference{};  // "image", "environment", "1 of 2 run"; empty: up to date
};

struct VersionedInstance {
    Instance instance;
    std::optional<Version> version{};  // nothing: of neither
};

class Replacing {
public:
    virtual ~Replacing() = default;

    // Builds and pulls shared services' images, and pins those that run and those that are to run.
    // `back_to`: a snapshot whose pins are taken instead; empty: none.
    virtual std::vector<ImageRecord> fetch_shared(const std::vector<std::string>& services,
                                                  Fetch fetch, const std::string& back_to,
                                                  Progress& progress) = 0;

    // Changes nothing.
    virtual std::vector<Comparison> compare() = 0;

    // The run's snapshot when `replaced` are of the target and the others as before.
    virtual std::vector<SnapshotFile> files(const std::set<std::string>& replaced) = 0;

    virtual std::vector<VersionedInstance> instances(const std::string& service) = 0;

    // So many more instances of a color's service; those that run are left alone. Returns them.
    // REQUIRES, as replace(): the snapshot's files say `version` of the service.
    virtual std::vector<Instance> start_beside(const std::string& service, Version version,
                                               std::uint32_t count, Progress& progress) = 0;
    // Asks to end with the service's own signal and grace, then kills; gone afterwards.
    virtual void retire(const Instance& instance, Progress& progress) = 0;
    // All its instances anew, in the places of the old ones. Returns when they are started.
    virtual void replace(const std::string& service, Version version, Progress& progress) = 0;
};

}  // namespace teal::cli
