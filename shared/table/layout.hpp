// The table file, byte for byte: how the control plane tells nginx what to do.
//
// The file is an ABI between processes that may be built at different times, so everything here is
// fixed-width, pointer-free, little-endian and pinned by static_assert; LAYOUT.md beside this file
// draws it. A change of any offset is a new kLayoutVersion, and an older or newer reader refuses
// the file instead of misreading it.
//
//   header page | buffer 0 | buffer 1        buffer = BufferHeader, directory, arena of records
//
// Publication g lives in buffer g & 1. A seqlock was rejected: a writer killed mid-write leaves its
// readers spinning, while here it leaves an idle buffer that nobody looks at.
#pragma once

#include <cstddef>
#include <cstdint>

namespace teal::table {

inline constexpr char kMagic[8] = {'T', 'E', 'A', 'L', 'T', 'B', 'L', '\n'};
inline constexpr std::uint32_t kLayoutVersion = 1;

inline constexpr std::uint32_t kTotalPpm = 1'000'000;  // a split's weights always add up to this
inline constexpr std::uint32_t kDefaultSplitCapacity = 256;
inline constexpr std::uint32_t kMaxSplitCapacity = 65'536;
inline constexpr std::uint32_t kMaxVariants = 8;    // of one split
inline constexpr std::uint32_t kMaxEndpoints = 64;  // of one variant
inline constexpr std::uint32_t kMaxSegments = 64;   // of one split's ring

inline constexpr std::size_t kHeaderBytes = 4096;
inline constexpr std::size_t kSplitNameBytes = 64;      // including the terminating zero
inline constexpr std::size_t kVariantNameBytes = 32;    // including the terminating zero
inline constexpr std::size_t kEndpointTextBytes = 112;  // "unix:" and the 107 bytes of sun_path

// First page of the file. Written once when the table is made, except `published`, the one word
// that publishes, and `bell`, which is written with pwrite(2) so that inotify wakes idle workers.
struct Header {
    char magic[8];
    std::uint32_t layout_version;
    std::uint32_t header_bytes;
    std::uint64_t file_bytes;
    std::uint32_t split_capacity;
    std::uint32_t max_variants;
    std::uint32_t max_endpoints;
    std::uint32_t max_segments;
    std::uint64_t buffer_offset[2];  // bytes from the start of the file
    std::uint64_t buffer_bytes;
    std::uint64_t created_unix_ns;
    std::uint64_t checksum;  // XXH3 of the bytes before this field
    std::uint8_t reserved0[48];
    std::uint64_t published;  // atomic: seal(generation); 0: never published
    std::uint8_t reserved1[120];
    std::uint64_t bell;
    std::uint8_t reserved2[120];
};
static_assert(offsetof(Header, layout_version) == 8);
static_assert(offsetof(Header, file_bytes) == 16);
static_assert(offsetof(Header, split_capacity) == 24);
static_assert(offsetof(Header, buffer_offset) == 40);
static_assert(offsetof(Header, buffer_bytes) == 56);
static_assert(offsetof(Header, created_unix_ns) == 64);
static_assert(offsetof(Header, checksum) == 72);
static_assert(offsetof(Header, published) == 128);
static_assert(offsetof(Header, bell) == 256);
static_assert(sizeof(Header) == 384 && sizeof(Header) <= kHeaderBytes);

// The word that publishes: the generation with 16 check bits below it, so that a damaged word is
// never taken for another publication. Writers and readers both compare whole words.
constexpr std::uint64_t seal(std::uint64_t generation) {
    std::uint64_t mixed = (generation + 1) * 0x9E3779B97F4A7C15u;
    mixed ^= mixed >> 29;
    mixed *= 0xBF58476D1CE4E5B9u;
    return generation == 0 ? 0 : generation << 16 | (mixed >> 48);
}
// The generation in a sealed word; 0 for a word that no writer made.
constexpr std::uint64_t unseal(std::uint64_t word) {
    return word == seal(word >> 16) ? word >> 16 : 0;
}

// Start of each buffer. `generation` repeats the header's word: a buffer that does not carry the
// number it was found by is not the one that was published.
struct BufferHeader {
    std::uint64_t generation;
    std::uint64_t published_unix_ns;
    std::uint64_t membership_generation;  // last publication that added or removed a split
    std::uint32_t split_count;
    std::uint32_t reserved0;
    std::uint64_t arena_bytes;  // used by records, from kArenaOffset
    std::uint64_t checksum;     // XXH3 of the bytes before this field, seeded with the directory's
    std::uint8_t reserved1[80];
};
static_assert(offsetof(BufferHeader, split_count) == 24);
static_assert(offsetof(BufferHeader, arena_bytes) == 32);
static_assert(offsetof(BufferHeader, checksum) == 40);
static_assert(sizeof(BufferHeader) == 128);

// One per split, right behind the BufferHeader. `changed_generation` lets a reader skip every
// record that it already holds.
struct DirectoryEntry {
    std::uint64_t checksum;  // XXH3 of the record's bytes
    std::uint64_t changed_generation;
    std::uint64_t offset;  // of the record, from the start of the buffer
    std::uint32_t bytes;
    std::uint32_t reserved;
};
static_assert(sizeof(DirectoryEntry) == 32);

enum class VariantState : std::uint8_t {
    open = 0,      // takes its weight
    draining = 1,  // only visitors who already have it (sticky), and pins
    closed = 2,    // only pins
};

struct Variant {
    char name[kVariantNameBytes];
    std::uint32_t weight_ppm;
    std::uint16_t first_endpoint;  // index into the record's endpoints
    std::uint16_t endpoint_count;
    std::uint8_t state;  // VariantState
    std::uint8_t reserved[23];
};
static_assert(offsetof(Variant, weight_ppm) == 32);
static_assert(offsetof(Variant, state) == 40);
static_assert(sizeof(Variant) == 64);

// A piece of the 64-bit hash ring: hashes below `bound` that no earlier segment took.
struct Segment {
    std::uint64_t bound;    // end_ppm * 2^64 / 10^6, rounded down; the last one catches all
    std::uint32_t end_ppm;  // the same point in parts per million
    std::uint32_t variant;
};
static_assert(sizeof(Segment) == 16);

enum class AddressFamily : std::uint16_t { ipv4 = 1, ipv6 = 2, unix_socket = 3 };

struct Endpoint {
    std::uint16_t family;      // AddressFamily
    std::uint16_t port;        // host byte order; 0 for unix sockets
    std::uint32_t slot;        // 0..63, kept for the endpoint's life: its place in the counters
    std::uint8_t address[16];  // network byte order; the first 4 bytes for IPv4
    std::uint32_t text_bytes;
    std::uint32_t reserved0;
    char text[kEndpointTextBytes];  // as nginx logs it: "127.0.0.1:80", "[::1]:80", "unix:/path"
    std::uint8_t reserved1[16];
};
static_assert(offsetof(Endpoint, address) == 8);
static_assert(offsetof(Endpoint, text_bytes) == 24);
static_assert(offsetof(Endpoint, text) == 32);
static_assert(sizeof(Endpoint) == 160);

// What arms the guard of a canary and how long its weight may live without its driver; all zero:
// not armed, no lease. Parts are in 1e-9 so that no floating point crosses the ABI.
struct GuardSettings {
    std::uint32_t armed;
    std::uint8_t canary;           // variant index
    std::uint8_t baseline;         // variant index
    std::uint8_t bad_outcomes;     // kBad… bits; 0: all of them
    std::uint8_t on_lease_expiry;  // 0: traffic returns to the baseline, 1: hold
    std::uint64_t alpha_e9;
    std::uint64_t margin_e9;     // r0 of the ratio test
    std::uint64_t objective_e9;  // highest acceptable error share; 0: no objective test
    std::uint64_t horizon_ms;
    std::uint64_t slow_us[3];             // latency thresholds, ascending; 0: unused
    std::uint64_t lease_expires_unix_ns;  // 0: no lease
    std::uint64_t armed_unix_ns;  // names this arming: with another one the evidence begins anew
    std::uint64_t promotion_margin_e9;  // of the test that the canary is no worse; 0: 2
    std::uint8_t reserved[40];
};
inline constexpr std::uint8_t kBadStatus5xx = 1;
inline constexpr std::uint8_t kBadConnect = 2;
inline constexpr std::uint8_t kBadTimeout = 4;
inline constexpr std::uint8_t kBadReset = 8;
inline constexpr std::uint8_t kLeaseReturns = 0;
inline constexpr std::uint8_t kLeaseHolds = 1;
static_assert(sizeof(GuardSettings) == 128);

// Until when nginx keeps new requests of the split waiting instead of passing them on; all zero:
// not held. A worker turns the deadline into a monotonic one when it first sees this hold, and
// never waits longer than until - set, so that a clock that is set back holds nobody.
struct HoldSettings {
    std::uint64_t started_unix_ns;  // of the first pause; longer holds keep it. 0: not held
    std::uint64_t set_unix_ns;      // when `until` was set
    std::uint64_t until_unix_ns;
    std::uint8_t reserved[40];
};
// The longest a single pause may ask for; a worker holds no longer whatever the table says.
inline constexpr std::uint64_t kLongestHold_ns = 600'000'000'000u;
static_assert(sizeof(HoldSettings) == 64);

// Everything nginx needs to know of one split. `endpoints` follows, endpoint_count of them.
struct SplitRecord {
    char name[kSplitNameBytes];
    std::uint64_t salt;  // seed of the key's hash: independent splits have independent salts
    std::uint64_t changed_generation;
    std::uint32_t variant_count;
    std::uint32_t segment_count;
    std::uint32_t endpoint_count;
    std::uint32_t reserved0;
    std::uint8_t reserved1[32];
    GuardSettings guard;
    HoldSettings hold;
    std::uint8_t reserved2[64];
    Variant variants[kMaxVariants];
    Segment segments[kMaxSegments];

    const Endpoint* endpoints() const { return reinterpret_cast<const Endpoint*>(this + 1); }
};
static_assert(offsetof(SplitRecord, salt) == 64);
static_assert(offsetof(SplitRecord, variant_count) == 80);
static_assert(offsetof(SplitRecord, guard) == 128);
static_assert(offsetof(SplitRecord, hold) == 256);
static_assert(offsetof(SplitRecord, variants) == 384);
static_assert(offsetof(SplitRecord, segments) == 896);
static_assert(sizeof(SplitRecord) == 1920);

inline constexpr std::size_t kMaxRecordBytes =
    sizeof(SplitRecord) + std::size_t{kMaxVariants} * kMaxEndpoints * sizeof(Endpoint);

constexpr std::size_t record_bytes(std::size_t endpoint_count) {
    return sizeof(SplitRecord) + endpoint_count * sizeof(Endpoint);
}
// Bytes from a buffer's start to its first record.
constexpr std::size_t arena_offset(std::uint32_t split_capacity) {
    return sizeof(BufferHeader) + std::size_t{split_capacity} * sizeof(DirectoryEntry);
}
// Size of one buffer in which every split could use every variant and endpoint; pages that are
// never used are never reserved, so the worst case costs address space only.
constexpr std::size_t buffer_bytes(std::uint32_t split_capacity) {
    const std::size_t raw =
        arena_offset(split_capacity) + std::size_t{split_capacity} * kMaxRecordBytes;
    return (raw + kHeaderBytes - 1) / kHeaderBytes * kHeaderBytes;
}
constexpr std::size_t file_bytes(std::uint32_t split_capacity) {
    return kHeaderBytes + 2 * buffer_bytes(split_capacity);
}

}  // namespace teal::table
