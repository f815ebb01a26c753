#include "nginx-module/table_view.hpp"

#include <cstdlib>
#include <cstring>

namespace teal::nginx {
namespace {

// A publication replaces the other buffer, so a read is disturbed only by two in a row; more
// attempts than this are left to the next request.
constexpr int kReadAttempts = 3;

void release_view(SplitView* view) {
    if (view != nullptr && --view->references == 0) {
        std::free(view->health);
        std::free(view->addresses);
        std::free(view);
    }
}

Snapshot* make_snapshot(std::uint32_t splits) {
    auto* snapshot =
        static_cast<Snapshot*>(std::calloc(1, sizeof(Snapshot) + splits * sizeof(SplitView*)));
    if (snapshot != nullptr) {
        snapshot->references = 1;
        snapshot->split_count = splits;
    }
    return snapshot;
}

void share_views(const Snapshot& from, Snapshot& to) {
    for (std::uint32_t i = 0; i < to.split_count; ++i) {
        to.views[i] = from.views[i];
        if (to.views[i] != nullptr) {
            ++to.views[i]->references;
        }
    }
}

void match_variants(const SplitConf& split, SplitView& view) {
    std::memset(view.table_variant, SplitView::kUnmatched, sizeof(view.table_variant));
    std::memset(view.conf_variant, SplitView::kUnmatched, sizeof(view.conf_variant));
    for (std::uint32_t t = 0; t < view.record.variant_count; ++t) {
        for (std::uint32_t c = 0; c < split.variant_count; ++c) {
            if (view_of(split.variants[c].name) == view.record.variants[t].name) {
                view.table_variant[c] = static_cast<std::uint8_t>(t);
                view.conf_variant[t] = static_cast<std::uint8_t>(c);
            }
        }
    }
}

// An endpoint that stays keeps what this worker knows about its failures.
void carry_health(const SplitView* before, SplitView& view) {
    for (std::uint32_t i = 0; before != nullptr && i < view.record.endpoint_count; ++i) {
        const table::Endpoint& endpoint = view.record.endpoints()[i];
        for (std::uint32_t j = 0; j < before->record.endpoint_count; ++j) {
            const table::Endpoint& old = before->record.endpoints()[j];
            if (old.text_bytes == endpoint.text_bytes &&
                std::memcmp(old.text, endpoint.text, old.text_bytes) == 0) {
                view.health[i] = before->health[j];
                break;
            }
        }
    }
}

void set_address(EndpointAddress& address, const table::Endpoint& endpoint) {
    switch (static_cast<table::AddressFamily>(endpoint.family)) {
        case table::AddressFamily::ipv4:
            address.socket.ipv4.sin_family = AF_INET;
            address.socket.ipv4.sin_port = htons(endpoint.port);
            std::memcpy(&address.socket.ipv4.sin_addr, endpoint.address, 4);
            address.bytes = sizeof(address.socket.ipv4);
            break;
        case table::AddressFamily::ipv6:
            address.socket.ipv6.sin6_family = AF_INET6;
            address.socket.ipv6.sin6_port = htons(endpoint.port);
            std::memcpy(&address.socket.ipv6.sin6_addr, endpoint.address, 16);
            address.bytes = sizeof(address.socket.ipv6);
            break;
        case table::AddressFamily::unix_socket: {
            constexpr std::size_t kPrefix = 5;  // "unix:"
            address.socket.unix_socket.sun_family = AF_UNIX;
            std::memcpy(address.socket.unix_socket.sun_path, endpoint.text + kPrefix,
                        endpoint.text_bytes - kPrefix);
            address.bytes = sizeof(address.socket.unix_socket);
            break;
        }
    }
    address.name = nginx_text({endpoint.text, endpoint.text_bytes});
}

// Room, zeroed, for what the view holds beside the record. False: no memory.
bool furnish(SplitView& view) {
    const std::size_t endpoints = view.record.endpoint_count + 1u;
    view.health = static_cast<EndpointHealth*>(std::calloc(endpoints, sizeof(EndpointHealth)));
    view.addresses = static_cast<EndpointAddress*>(std::calloc(endpoints, sizeof(EndpointAddress)));
    if (view.health == nullptr || view.addresses == nullptr) {
        return false;
    }
    for (std::uint32_t i = 0; i < view.record.endpoint_count; ++i) {
        set_address(view.addresses[i], view.record.endpoints()[i]);
    }
    view.cookie_digest = sticky::scope_digest(view.record.name, view.record.salt);
    return true;
}

std::uint32_t count_held(const SplitView* view) {
    return view != nullptr && view->record.hold.started_unix_ns != 0 ? 1 : 0;
}

SplitView* allocate_view(std::size_t record_bytes) {
    auto* view = static_cast<SplitView*>(
        std::calloc(1, sizeof(SplitView) - sizeof(table::SplitRecord) + record_bytes));
    if (view != nullptr) {
        view->references = 1;
    }
    return view;
}

}  // namespace

void release(Snapshot* snapshot) {
    if (snapshot == nullptr || --snapshot->references != 0) {
        return;
    }
    for (std::uint32_t i = 0; i < snapshot->split_count; ++i) {
        release_view(snapshot->views[i]);
    }
    std::free(snapshot);
}

table::Health TableView::open(const MainConf& conf, int* error, std::uint32_t* version) {
    table::Reader reader;
    const auto* path = reinterpret_cast<const char*>(conf.table_path.data);
    const table::Health health = reader.open(path, error, version);
    if (health == table::Health::ok) {
        reader_ = static_cast<table::Reader&&>(reader);
        fresh_file_ = true;
        look_again();
    }
    if (health != table::Health::ok) {
        reader_.close();  // nobody publishes into a file that has lost its name
    }
    health_ = health;
    return health;
}

bool TableView::is_outdated(const MainConf& conf) const {
    return !reader_.mapping().is_current(reinterpret_cast<const char*>(conf.table_path.data));
}

void TableView::reset() {
    release(current_);
    current_ = nullptr;
    look_again();
}

bool TableView::reserve_directory(std::uint32_t entries) {
    if (entries > directory_room_) {
        void* grown = std::realloc(directory_, entries * sizeof(table::DirectoryEntry));
        if (grown == nullptr) {
            return false;
        }
        directory_ = static_cast<table::DirectoryEntry*>(grown);
        directory_room_ = entries;
    }
    return true;
}

void TableView::take_over(const MainConf& conf) {
    if (reader_.mapping().lost()) {  // cut short under the mapping, which now reads as zeros
        health_ = table::Health::foreign;
        reader_.close();
        return;
    }
    for (int attempt = 0; attempt < kReadAttempts; ++attempt) {
        const std::uint64_t word = reader_.published_word();
        const std::uint64_t generation = table::unseal(word);
        table::Health health = word == 0 ? table::Health::unpublished : table::Health::damaged;
        // Within one file generations only grow: an older one is a damaged word.
        if (generation != 0 && (fresh_file_ || generation > this->generation())) {
            health = read(conf, generation);
        } else if (generation != 0 && generation == this->generation()) {
            health = table::Health::ok;
        }
        if (health != table::Health::moved) {
            health_ = health;
            seen_word_ = word;
            return;
        }
    }
}

table::Health TableView::read(const MainConf& conf, std::uint64_t generation) {
    if (!reserve_directory(reader_.split_capacity())) {
        return table::Health::moved;  // no memory: the last good copy, and another try
    }
    table::BufferHeader header{};
    table::Health health = reader_.read_directory(generation, &header, directory_);
    if (health != table::Health::ok) {
        return health;
    }
    Snapshot* next = make_snapshot(static_cast<std::uint32_t>(conf.splits.nelts));
    if (next == nullptr) {
        return table::Health::moved;
    }
    next->generation = generation;
    next->published_unix_ns = header.published_unix_ns;
    const bool all =
        fresh_file_ || current_ == nullptr || header.membership_generation > current_->generation;
    bool holds_changed = all;
    if (!all) {
        share_views(*current_, *next);
        next->held_count = current_->held_count;
        next->holds_change = current_->holds_change;
    }
    for (std::uint32_t i = 0; i < header.split_count && health == table::Health::ok; ++i) {
        const table::DirectoryEntry& entry = directory_[i];
        if (!all && entry.changed_generation <= current_->generation) {
            continue;
        }
        const std::size_t bytes = entry.bytes <= table::kMaxRecordBytes ? entry.bytes : 0;
        SplitView* view =
            allocate_view(bytes < sizeof(table::SplitRecord) ? sizeof(table::SplitRecord) : bytes);
        health = view == nullptr ? table::Health::moved
                                 : reader_.read_record(generation, entry, &view->record);
        const SplitConf* split =
            health == table::Health::ok ? find_split(conf, view->record.name) : nullptr;
        if (split == nullptr) {
            release_view(view);  // damaged, or not in this nginx.conf
            continue;
        }
        if (!furnish(*view)) {
            release_view(view);
            health = table::Health::moved;
            continue;
        }
        match_variants(*split, *view);
        carry_health(current_ != nullptr ? current_->views[split->index] : nullptr, *view);
        const SplitView* before = next->views[split->index];
        holds_changed = holds_changed || count_held(view) + count_held(before) != 0;
        next->held_count += count_held(view) - count_held(before);
        release_view(next->views[split->index]);
        next->views[split->index] = view;
    }
    if (health != table::Health::ok) {
        release(next);
        return health;
    }
    if (holds_changed) {
        next->holds_change = ++holds_changes_;
    }
    release(current_);
    current_ = next;
    fresh_file_ = false;
    return table::Health::ok;
}

}  // namespace teal::nginx
