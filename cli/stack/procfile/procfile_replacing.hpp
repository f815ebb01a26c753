// Replacing single processes of a Procfile's stack. A new instance beside the old ones has the
// lowest free number and a port of its own; one in place has the old one's number, and its port,
// which others were told.
#pragma once

#include "cli/stack/procfile/process_crew.hpp"
#include "cli/stack/replacing.hpp"

#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace teal::cli {

class ProcfileReplacing : public Replacing {
public:
    struct Sides {
        ProcessCrew color;
        ProcessCrew shared;
    };

    // `before`: what runs, as its snapshot says it. `target`: files of the snapshot `run`.
    ProcfileReplacing(Sides sides, StackPaths paths, ProcessCrew::Wanted before,
                      const SnapshotRef& run, const std::vector<SnapshotFile>& target,
                      std::chrono::milliseconds grace);

    std::vector<ImageRecord> fetch_shared(const std::vector<std::string>&, Fetch,
                                          const std::string&, Progress&) override {
        return {};
    }
    std::vector<Comparison> compare() override;
    std::vector<SnapshotFile> files(const std::set<std::string>& replaced) override;
    std::vector<VersionedInstance> instances(const std::string& service) override;
    std::vector<Instance> start_beside(const std::string& service, Version version,
                                       std::uint32_t count, Progress& progress) override;
    void retire(const Instance& instance, Progress& progress) override;
    void replace(const std::string& service, Version version, Progress& progress) override;

private:
    ProcessCrew& crew_of(const std::string& service);
    const std::string& group_of(const std::string& service);
    const ProcessCrew::Wanted& side(Version version) const {
        return version == Version::before ? before_ : target_;
    }
    std::vector<FoundProcess> found(const std::string& service);
    StackPlan mixed(const std::set<std::string>& replaced) const;
    void start(const std::string& service, Version version, std::vector<std::uint32_t> numbers,
               Progress& progress);
    void follow(const std::string& service);

    Sides sides_;
    StackPaths paths_;
    std::chrono::milliseconds grace_;
    ProcessCrew::Wanted before_;
    ProcessCrew::Wanted target_;
    std::set<std::string> replaced_{};  // as files() was told last
};

}  // namespace teal::cli
