// What the running nginx says of itself in the counters file: which splits and variants its
// configuration has, which workers live, and which generation each of them decides by.
//
// Entries of former configurations stay in the file for their counts; `is_configured` tells them
// apart. Not thread safe.
#pragma once

#include "shared/counters/file.hpp"
#include "shared/counters/sums.hpp"
#include "shared/table/writing/image.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace teal::cli {

struct Worker {
    std::uint32_t pid;
    std::uint64_t generation;
    std::uint64_t applied_unix_ns;
    std::uint64_t started_unix_ns;
    counters::Role role;
    std::uint32_t table_health;  // table::Health
    bool knows_holds = false;    // its module keeps requests of a held split waiting
};

class NginxView {
public:
    // Never throws: a file that is not there is nginx not running, anything else is in `problem()`.
    explicit NginxView(std::string path);

    const std::string& path() const { return path_; }
    bool is_open() const { return file_.is_open(); }
    // Missing file: counters::Opened::missing with ENOENT.
    counters::Opened opened() const { return opened_; }
    int open_error() const { return error_; }
    // Why the file cannot be read although it is there; empty when that is not so.
    std::string problem() const;
    // Opens anew when the path names another file by now: nginx was started afresh.
    void follow();

    const counters::File& file() const { return file_; }
    counters::LiveSlots live_slots() const;
    std::vector<Worker> live_workers() const;
    bool has_live_worker() const;

    // Index into the split directory; nothing for a split that nginx never had.
    std::optional<std::uint32_t> find_split(std::string_view name) const;
    // Index into the variant directory.
    std::optional<std::uint32_t> find_variant(std::uint32_t split, std::string_view name) const;
    const std::vector<std::uint32_t>& variants_of(std::uint32_t split) const;
    // Part of nginx's present configuration.
    bool is_configured(const counters::SplitEntry& split) const;
    bool is_configured(const counters::VariantEntry& variant) const;
    std::string variant_name(std::uint32_t variant) const;
    // The split's guard has taken the canary's traffic: in this generation, or in this arming.
    bool has_tripped(const table::SplitImage& split, std::uint64_t generation) const;

private:
    void open();
    void read_directories() const;

    std::string path_;
    counters::File file_;
    counters::Opened opened_ = counters::Opened::missing;
    int error_ = 0;
    // Made at the first look-up; names point into the mapping.
    mutable bool directories_read_ = false;
    mutable std::unordered_map<std::string_view, std::uint32_t> split_by_name_;
    mutable std::vector<std::vector<std::uint32_t>> variants_of_split_;
};

// For commands that need a running nginx. Throws Error: failed when its counters cannot be read,
// nothing there without a live worker. `otherwise`: what else may be done, added to the next step.
void demand_live_nginx(const NginxView& nginx, const std::string& otherwise = {});

}  // namespace teal::cli
