// The counters file, byte for byte: what nginx's workers tell the control plane.
//
//   header page | split directory | variant directory | goal directory | slot 0 | slot 1 | ...
//
// Every nginx process that serves requests owns one slot and is its only writer; readers add the
// slots up. A slot holds a VariantCounters for every variant in the variant directory. Directories
// only grow, so a worker that still runs with an older configuration keeps counting in the right
// place. The file is sparse: address space for the worst case, memory for what is used.
//
// A slot belongs to whoever holds the open-file-description lock on the byte at its start. The
// kernel drops it when the process dies, which no pid in a file can tell (pids are reused, and
// differ between containers). Whoever claims a dead slot goes on counting where it stopped, so that
// no count ever goes down; what was in flight in the dead process is added to `lost`.
#pragma once

#include "shared/counters/histogram.hpp"
#include "shared/guard/state.hpp"
#include "shared/table/layout.hpp"

#include <cstddef>
#include <cstdint>

namespace teal::counters {

inline constexpr char kMagic[8] = {'T', 'E', 'A', 'L', 'C', 'N', 'T', '\n'};
inline constexpr std::uint32_t kLayoutVersion = 3;
inline constexpr std::size_t kHeaderBytes = 4096;
inline constexpr std::uint32_t kSlotCapacity = 512;  // live processes: old and new workers together

struct Header {
    char magic[8];
    std::uint32_t layout_version;
    std::uint32_t header_bytes;
    std::uint64_t file_bytes;
    std::uint64_t created_unix_ns;  // tells a reader that the file was made anew
    std::uint32_t split_capacity;
    std::uint32_t variant_capacity;
    std::uint32_t slot_capacity;
    std::uint32_t reserved0;
    std::uint64_t split_directory_offset;
    std::uint64_t variant_directory_offset;
    std::uint64_t slots_offset;
    std::uint64_t slot_bytes;
    std::uint64_t goal_directory_offset;
    std::uint64_t checksum;  // XXH3 of the bytes before this field
    std::uint8_t reserved1[24];
    // Below: written by nginx's master when it starts or reloads.
    std::uint32_t split_count;    // atomic, release
    std::uint32_t variant_count;  // atomic, release
    std::uint32_t slot_high;      // atomic: slots ever claimed; no need to look beyond
    std::uint32_t worker_processes;
    std::uint64_t configured_unix_ns;
    std::uint32_t master_pid;
    std::uint32_t reserved2;
    char module_version[32];
    char server_version[32];  // nginx's; "nginx_version" is a macro of its headers
};
static_assert(offsetof(Header, split_capacity) == 32);
static_assert(offsetof(Header, split_directory_offset) == 48);
static_assert(offsetof(Header, checksum) == 88);
static_assert(offsetof(Header, split_count) == 120);
static_assert(offsetof(Header, module_version) == 152);
static_assert(sizeof(Header) <= kHeaderBytes);

inline constexpr std::uint32_t kVisitorBits = 8192;

// One split of nginx.conf, with the trip latch and the guard's state.
struct SplitEntry {
    char name[table::kSplitNameBytes];
    std::uint32_t flags;               // kSplitProxied, kSplitExperiment
    std::uint32_t default_variant;     // index into the variant directory
    std::uint64_t configured_unix_ns;  // differs from the header's: no longer in nginx.conf
    std::uint32_t first_variant;       // where its entries in the variant directory begin
    std::uint8_t reserved0[44];
    std::uint64_t tripped;  // atomic: the generation whose canary lost its traffic; 0: none
    std::uint64_t tripped_unix_ns;
    // atomic: GuardSettings::armed_unix_ns of the guard that tripped; 0: none. Holds whatever is
    // published meanwhile, until the guard is armed anew.
    std::uint64_t tripped_arming;
    std::uint64_t trips;  // atomic: how often the guard has tripped since the file was made
    // Holds, since the file was made; atomic, added to by every process. What waits now and how
    // many ever waited is in the processes' own VariantCounters.
    std::uint64_t hold_begins;    // of all processes; 0: the split was never held
    std::uint64_t held_released;  // went on, by a release or at the deadline
    std::uint64_t held_expired;   // of these: at the deadline
    std::uint64_t held_left;      // the visitor left while waiting
    std::uint64_t held_passed;    // reached the split past its hold; see nginx-module/hold_gate.hpp
    std::uint64_t held_longest_us;  // the longest any request waited
    std::uint64_t held_sum_us;
    std::uint8_t reserved1[40];
    // How nginx.conf decides for this split, for `teal traffic explain`: a line for each of
    // "key EXPRESSION", "sticky COOKIE SECONDS", "pin EXPRESSION", "when EXPRESSION VARIANT",
    // "exclude EXPRESSION", "holdout PERCENT", "default VARIANT", in the order of nginx.conf, then
    // "layer NAME FROM-TO[,FROM-TO...]" in percent; what does not fit as a whole line is left out.
    char rules[768];
    std::uint8_t guard_state[2048];  // guard::State; its first byte is locked by who evaluates it
    // Of sticky splits: who has been counted since the last evaluation, a bit each by the hash of
    // the visitor's key.
    std::uint64_t visitors[kVisitorBits / 64];
};
static_assert(offsetof(SplitEntry, tripped) == 128);
static_assert(offsetof(SplitEntry, trips) == 152);
static_assert(offsetof(SplitEntry, hold_begins) == 160);
static_assert(offsetof(SplitEntry, rules) == 256);
static_assert(offsetof(SplitEntry, guard_state) == 1024);
static_assert(offsetof(SplitEntry, visitors) == 3072);
static_assert(sizeof(SplitEntry) == 4096);
static_assert(sizeof(guard::State) <= sizeof(SplitEntry::guard_state));
inline constexpr std::uint32_t kSplitProxied = 1;     // an upstream { teal NAME; } uses the split
inline constexpr std::uint32_t kSplitExperiment = 2;  // it has a goal, and so counts its visitors

struct VariantEntry {
    char name[table::kVariantNameBytes];
    std::uint32_t split;  // index into the split directory
    std::uint32_t flags;  // kVariantHasUpstream
    std::uint64_t configured_unix_ns;
    std::uint8_t reserved[80];
};
static_assert(sizeof(VariantEntry) == 128);
inline constexpr std::uint32_t kVariantHasUpstream = 1;  // served by an upstream{} of nginx.conf

inline constexpr std::uint32_t kMaxGoals = 8;  // of one split in nginx.conf
// What the file remembers of one split: goals that nginx.conf no longer has keep their place.
inline constexpr std::uint32_t kGoalPlaces = 16;
inline constexpr std::size_t kGoalNameBytes = 32;  // including the terminating zero

// A goal of a split, by its place: its counts stand at the same place in GoalCounters. An empty
// name: the place is free, and so are all after it.
struct GoalEntry {
    char name[kGoalNameBytes];
    std::uint64_t configured_unix_ns;  // atomic, release; 0: not there yet
    std::uint8_t reserved[24];
};
static_assert(sizeof(GoalEntry) == 64);
inline constexpr std::uint64_t kGoalDirectoryBytes = kGoalPlaces * sizeof(GoalEntry);  // of a split

enum class Role : std::uint32_t { none = 0, serving = 1, leaving = 2 };

struct SlotHeader {
    std::uint64_t generation;  // atomic, release: the publication this process decides by
    std::uint64_t applied_unix_ns;
    std::uint64_t started_unix_ns;
    std::uint64_t claims;        // how many processes have had this slot
    std::uint32_t pid;           // as the process sees itself, for people; 0: never claimed
    std::uint32_t role;          // Role
    std::uint32_t table_health;  // table::Health of the last refresh
    std::uint32_t cycle;  // counts this master's configurations, to tell workers apart in a reload
    // The value of `claims` when this process said that it knows holds; another value: it does not.
    std::uint64_t knows_holds;
    std::uint8_t reserved[64];
    std::uint64_t lock_byte;  // its first byte is the one that is locked, never written
};
static_assert(offsetof(SlotHeader, pid) == 32);
static_assert(offsetof(SlotHeader, knows_holds) == 48);
static_assert(offsetof(SlotHeader, lock_byte) == 120);
static_assert(sizeof(SlotHeader) == 128);

struct EndpointCounters {
    std::uint32_t in_flight;  // a gauge: set back to 0 when the slot is claimed anew
    std::uint32_t avoided;    // 1 while this process sends it nothing after failures; a gauge
    std::uint64_t attempts;
    std::uint64_t failures;
    std::uint64_t reserved;
};
static_assert(sizeof(EndpointCounters) == 32);

// What one variant's visitors did of one goal, as one process counted it: each visitor once.
struct GoalCounters {
    std::uint64_t conversions;  // stored last, with release
    std::uint64_t valued;       // conversions whose value was a number
    double value_sum;
    double value_square_sum;
};
static_assert(sizeof(GoalCounters) == 32);

// Totals of one variant in one process, per upstream attempt; `decided` alone is per client
// request. finished = the sum of all outcomes; in flight = started - finished - lost.
struct VariantCounters {
    std::uint64_t decided;
    std::uint64_t started;
    std::uint64_t finished;
    std::uint64_t lost;  // in flight in a process that died
    // Outcomes.
    std::uint64_t status_1xx;  // 101: an upgraded connection that has ended
    std::uint64_t status_2xx;
    std::uint64_t status_3xx;
    std::uint64_t status_4xx;
    std::uint64_t status_5xx;
    std::uint64_t connect_errors;
    std::uint64_t timeouts;  // connecting, sending or reading
    std::uint64_t resets;    // closed or reset before the answer was complete; an invalid answer
    std::uint64_t client_closed;      // the visitor left first (499): says nothing of the variant
    std::uint64_t stale_connections;  // a kept connection the endpoint had closed: says nothing
    // Properties of attempts, in addition to the outcome.
    std::uint64_t retried_away;  // failed here, tried again elsewhere
    std::uint64_t slow;          // first byte later than the guard's first threshold
    std::uint64_t bytes_received;
    std::uint64_t bytes_sent;
    std::uint64_t first_byte_sum_us;
    std::uint64_t total_sum_us;
    // What the guard counts while it is armed, of both its arms; pinned requests are left out, and
    // a sticky split's visitor counts once a tick.
    std::uint64_t watched_done;
    std::uint64_t watched_bad;  // stored after `done`, with release
    std::uint64_t watched_in_time[guard::kSlowThresholds];
    std::uint64_t watched_slow[guard::kSlowThresholds];
    // Visitors of a sticky split, counted when the ring first gave them this variant while it had
    // others to give, each once, and before any conversion of theirs.
    std::uint64_t exposures;
    // Holds are a split's, not a variant's: counted here in the split's first variant only.
    std::uint64_t held;                  // requests that were made to wait
    std::uint64_t held_ended;            // of these: wait no more; waiting now = held - held_ended
    std::uint64_t held_refused;          // got 503: more waited than may
    std::uint64_t first_byte[kBuckets];  // time to the first byte of the answer
    std::uint64_t total[kBuckets];       // time to its end; upgraded connections are left out
    EndpointCounters endpoints[table::kMaxEndpoints];  // by Endpoint::slot
    GoalCounters goals[kGoalPlaces];                   // by the place in the goal directory
};
static_assert(offsetof(VariantCounters, exposures) == 224);
static_assert(offsetof(VariantCounters, held) == 232);
static_assert(offsetof(VariantCounters, status_1xx) == 32);
static_assert(offsetof(VariantCounters, watched_done) == 160);
static_assert(offsetof(VariantCounters, first_byte) == 256);
static_assert(offsetof(VariantCounters, total) == 256 + 8 * kBuckets);
static_assert(offsetof(VariantCounters, endpoints) == 256 + 16 * kBuckets);
static_assert(offsetof(VariantCounters, goals) == 256 + 16 * kBuckets + 32 * table::kMaxEndpoints);
static_assert(sizeof(VariantCounters) == 4864 && sizeof(VariantCounters) % 128 == 0);

constexpr std::uint64_t whole_pages(std::uint64_t bytes) {
    return (bytes + 4095) / 4096 * 4096;
}
constexpr std::uint64_t variant_directory_offset(std::uint32_t splits) {
    return kHeaderBytes + std::uint64_t{splits} * sizeof(SplitEntry);
}
constexpr std::uint64_t goal_directory_offset(std::uint32_t splits, std::uint32_t variants) {
    return variant_directory_offset(splits) + std::uint64_t{variants} * sizeof(VariantEntry);
}
constexpr std::uint64_t slots_offset(std::uint32_t splits, std::uint32_t variants) {
    return whole_pages(goal_directory_offset(splits, variants) +
                       std::uint64_t{splits} * kGoalDirectoryBytes);
}
constexpr std::uint64_t slot_bytes(std::uint32_t variants) {
    return whole_pages(sizeof(SlotHeader) + std::uint64_t{variants} * sizeof(VariantCounters));
}

}  // namespace teal::counters
