// What a worker holds of the table: immutable snapshots, replaced when the generation moves.
//
// A request takes a reference to the snapshot of its first decision and keeps it, so that all its
// decisions come from one publication however long it lives: an atomic flip of several splits is
// never seen half. A new snapshot shares the views of splits that did not change.
//
// Rejected: reading the mapped table in place for each request. It saves a copy per publication and
// costs a checksum or trust per request, and gives no consistency across decisions.
//
// Thread safety: none, a worker is one thread. Nothing here blocks or waits.
#pragma once

#include "nginx-module/configuration.hpp"
#include "shared/table/reader.hpp"

#include <sys/un.h>

namespace teal::nginx {

// Passive failure handling of one endpoint in this worker, as nginx's round robin keeps it.
struct EndpointHealth {
    ngx_uint_t fails;
    time_t accessed;  // last failure
    time_t checked;   // last time it was given a try
};

// Where an endpoint is, as nginx wants it: made once for each publication, not for each request.
struct EndpointAddress {
    ngx_str_t name;  // for nginx's log; the text is the record's
    socklen_t bytes;
    union {
        sockaddr any;
        sockaddr_in ipv4;
        sockaddr_in6 ipv6;
        sockaddr_un unix_socket;
    } socket;
};

// One split of the table, checked and matched with nginx.conf's names. Owned by reference count.
struct SplitView {
    std::uint32_t references;
    std::uint8_t table_variant[table::kMaxVariants];  // by nginx.conf's variant; kUnmatched
    std::uint8_t conf_variant[table::kMaxVariants];   // by the table's variant; kUnmatched
    EndpointHealth* health;                           // by the record's endpoint index
    EndpointAddress* addresses;                       // by the same
    std::uint64_t cookie_digest;                      // sticky::scope_digest()
    table::SplitRecord record;                        // and its endpoints

    static constexpr std::uint8_t kUnmatched = 0xff;
};

struct Snapshot {
    std::uint32_t references;
    std::uint64_t generation;
    std::uint64_t published_unix_ns;
    std::uint32_t split_count;
    std::uint32_t held_count;  // views whose record has a hold, past its deadline or not
    // Another number when a record with a hold has come, changed or gone: only then is it worth
    // walking over all views for them. Never 0.
    std::uint64_t holds_change;
    SplitView* views[1];  // by SplitConf::index; nullptr: not in the table
};

void release(Snapshot* snapshot);

class TableView {
public:
    // Maps the table (again). Returns its health; after a failure the snapshot stays in use.
    table::Health open(const MainConf& conf, int* error, std::uint32_t* version);

    // The word that publishes has moved since take_over() last looked.
    bool has_news() const { return reader_.is_open() && reader_.published_word() != seen_word_; }
    // Makes a snapshot of the newest publication; when it cannot be read the old one stays.
    // REQUIRES: has_news().
    void take_over(const MainConf& conf);
    // Makes has_news() true even though the word has not moved.
    void look_again() { seen_word_ = kNothingSeen; }
    // A file of the same name has replaced the mapped one, or it was cut short.
    bool is_outdated(const MainConf& conf) const;

    // nullptr before the first good publication. The caller adds a reference to keep it.
    Snapshot* current() const { return current_; }
    std::uint64_t generation() const { return current_ == nullptr ? 0 : current_->generation; }
    table::Health health() const { return health_; }
    // Forgets the snapshot: a new configuration has other splits. Called before workers fork.
    void reset();

private:
    static constexpr std::uint64_t kNothingSeen = ~std::uint64_t{0};

    table::Health read(const MainConf& conf, std::uint64_t generation);
    bool reserve_directory(std::uint32_t entries);

    table::Reader reader_;
    Snapshot* current_ = nullptr;
    table::DirectoryEntry* directory_ = nullptr;
    std::uint32_t directory_room_ = 0;
    std::uint64_t seen_word_ = kNothingSeen;
    bool fresh_file_ = true;           // nothing in the snapshot comes from the mapped file
    std::uint64_t holds_changes_ = 0;  // generations would not do: another file has them again
    table::Health health_ = table::Health::missing;
};

}  // namespace teal::nginx
