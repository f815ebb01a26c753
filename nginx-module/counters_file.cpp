#include "nginx-module/counters_file.hpp"

#include "shared/counters/sums.hpp"
#include "shared/mapping/shared_word.hpp"
#include "shared/table/paths.hpp"
#include "teal_version.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

namespace teal::nginx {
namespace {

// Room for what later configurations add: a file that is in use cannot grow.
constexpr std::uint32_t kLeastSplits = 256;
constexpr std::uint32_t kLeastVariants = 1024;

std::uint32_t variants_of(const MainConf& conf) {
    std::uint32_t count = 0;
    for (std::uint32_t i = 0; i < conf.splits.nelts; ++i) {
        count += conf.split(i).variant_count;
    }
    return count;
}

std::uint32_t with_room(std::uint32_t needed, std::uint32_t least) {
    return needed * 2 > least ? needed * 2 : least;
}

void copy_name(char* to, std::size_t room, std::string_view name) {
    const std::size_t bytes = name.size() < room ? name.size() : room - 1;
    std::memcpy(to, name.data(), bytes);
}

// Entries of former configurations by name, so that each split of this one is found in constant
// time: ten thousand splits must not make a reload slow. Open addressing, freed when done.
class NameIndex {
public:
    explicit NameIndex(std::uint32_t entries) {
        while (size_ < entries * 2 + 2) {
            size_ *= 2;
        }
        places_ = static_cast<std::uint32_t*>(std::calloc(size_, sizeof(std::uint32_t)));
    }
    ~NameIndex() { std::free(places_); }
    NameIndex(const NameIndex&) = delete;
    NameIndex& operator=(const NameIndex&) = delete;

    bool is_usable() const { return places_ != nullptr; }
    void add(const counters::File& file, std::uint32_t entry) {
        places_[place_of(file, file.split(entry).name)] = entry + 1;
    }
    // The entry's index, or none.
    bool find(const counters::File& file, std::string_view name, std::uint32_t* entry) const {
        const std::uint32_t stored = places_[place_of(file, name)];
        *entry = stored - 1;
        return stored != 0;
    }

private:
    std::size_t place_of(const counters::File& file, std::string_view name) const {
        std::size_t place =
            ngx_hash_key(reinterpret_cast<u_char*>(const_cast<char*>(name.data())), name.size()) &
            (size_ - 1);
        while (places_[place] != 0 && name != file.split(places_[place] - 1).name) {
            place = (place + 1) & (size_ - 1);
        }
        return place;
    }

    std::size_t size_ = 16;
    std::uint32_t* places_ = nullptr;
};

// Enters one configuration. The master is the only writer of the directories; a reader sees an
// entry only after the count, stored last, covers it.
class Registration {
public:
    Registration(counters::File& file, std::uint64_t now_ns)
        : file_(file),
          now_ns_(now_ns),
          splits_(file.split_count()),
          variants_(file.variant_count()),
          names_(file.split_capacity()) {
        for (std::uint32_t i = 0; names_.is_usable() && i < splits_; ++i) {
            names_.add(file_, i);
        }
    }

    // False when the file has no room left for it.
    bool enter(SplitConf& split) {
        if (!names_.is_usable()) {
            return false;
        }
        const bool known = names_.find(file_, view_of(split.name), &split.counters_index);
        if (!known && !append_split(split)) {
            return false;
        }
        for (std::uint32_t v = 0; v < split.variant_count; ++v) {
            if (!enter_variant(split, split.variants[v], known)) {
                return false;
            }
        }
        for (std::uint32_t g = 0; g < split.goal_count; ++g) {
            if (!enter_goal(split, split.goals[g])) {
                return false;
            }
        }
        counters::SplitEntry& entry = file_.split(split.counters_index);
        const std::uint32_t first = entry.first_variant;
        split.hold_place = first < variants_ && file_.variant(first).split == split.counters_index
                               ? first
                               : kNoPlace;
        entry.flags = (split.proxied ? counters::kSplitProxied : 0) |
                      (split.goal_count != 0 ? counters::kSplitExperiment : 0);
        entry.default_variant = split.variants[split.default_variant].counters_index;
        entry.configured_unix_ns = now_ns_;
        std::memset(entry.rules, 0, sizeof(entry.rules));
        copy_name(entry.rules, sizeof(entry.rules), view_of(split.rules));
        return true;
    }

    void publish() {
        store_shared(file_.header().split_count, splits_, std::memory_order_release);
        store_shared(file_.header().variant_count, variants_, std::memory_order_release);
    }

private:
    bool append_split(SplitConf& split) {
        if (splits_ == file_.split_capacity()) {
            return false;
        }
        split.counters_index = splits_++;
        counters::SplitEntry& entry = file_.split(split.counters_index);
        copy_name(entry.name, table::kSplitNameBytes, view_of(split.name));
        entry.first_variant = variants_;
        names_.add(file_, split.counters_index);
        return true;
    }

    bool enter_variant(const SplitConf& split, VariantConf& variant, bool search) {
        const std::uint32_t published = file_.variant_count();
        bool found = false;
        for (std::uint32_t i = file_.split(split.counters_index).first_variant;
             search && !found && i < published; ++i) {
            const counters::VariantEntry& entry = file_.variant(i);
            found = entry.split == split.counters_index && view_of(variant.name) == entry.name;
            variant.counters_index = i;
        }
        if (!found) {
            if (variants_ == file_.variant_capacity()) {
                variant.counters_index = kNoPlace;
                return false;
            }
            variant.counters_index = variants_++;
            counters::VariantEntry& entry = file_.variant(variant.counters_index);
            entry.split = split.counters_index;
            copy_name(entry.name, table::kVariantNameBytes, view_of(variant.name));
        }
        counters::VariantEntry& entry = file_.variant(variant.counters_index);
        entry.flags = variant.upstream != nullptr ? counters::kVariantHasUpstream : 0;
        entry.configured_unix_ns = now_ns_;
        return true;
    }

    bool enter_goal(const SplitConf& split, GoalConf& goal) {
        std::uint32_t place = 0;
        const std::uint32_t known = counters::goal_count(file_, split.counters_index);
        while (place < known &&
               view_of(goal.name) != file_.goal(split.counters_index, place).name) {
            ++place;
        }
        if (place == counters::kGoalPlaces) {
            return false;
        }
        counters::GoalEntry& entry = file_.goal(split.counters_index, place);
        copy_name(entry.name, counters::kGoalNameBytes, view_of(goal.name));
        store_shared(entry.configured_unix_ns, now_ns_, std::memory_order_release);
        goal.place = place;
        return true;
    }

    counters::File& file_;
    std::uint64_t now_ns_;
    std::uint32_t splits_;
    std::uint32_t variants_;
    NameIndex names_;
};

// Until it is entered a split counts nowhere.
void forget_places(MainConf& conf) {
    for (std::uint32_t i = 0; i < conf.splits.nelts; ++i) {
        SplitConf& split = conf.split(i);
        split.counters_index = kNoPlace;
        split.hold_place = kNoPlace;
        for (VariantConf& variant : split.variants) {
            variant.counters_index = kNoPlace;
        }
        for (GoalConf& goal : split.goals) {
            goal.place = kNoPlace;
        }
    }
}

// False when the file has no room for the configuration.
bool enter_configuration(ngx_cycle_t* cycle, counters::File& file, MainConf& conf) {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    const std::uint64_t now_ns = static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u +
                                 static_cast<std::uint64_t>(now.tv_nsec);
    Registration registration(file, now_ns);
    for (std::uint32_t i = 0; i < conf.splits.nelts; ++i) {
        if (!registration.enter(conf.split(i))) {
            return false;
        }
    }
    registration.publish();
    auto* core = reinterpret_cast<ngx_core_conf_t*>(ngx_get_conf(cycle->conf_ctx, ngx_core_module));
    counters::Header& header = file.header();
    header.worker_processes = static_cast<std::uint32_t>(core->worker_processes);
    header.master_pid = static_cast<std::uint32_t>(ngx_pid);
    std::memset(header.module_version, 0, sizeof(header.module_version));
    std::memset(header.server_version, 0, sizeof(header.server_version));
    copy_name(header.module_version, sizeof(header.module_version), kVersion);
    copy_name(header.server_version, sizeof(header.server_version), NGINX_VERSION);
    store_shared(header.configured_unix_ns, now_ns, std::memory_order_release);
    return true;
}

int create(ngx_cycle_t* cycle, const MainConf& conf) {
    auto* core = reinterpret_cast<ngx_core_conf_t*>(ngx_get_conf(cycle->conf_ctx, ngx_core_module));
    const bool root = geteuid() == 0;
    return counters::create_file(
        reinterpret_cast<const char*>(conf.counters_path.data),
        with_room(static_cast<std::uint32_t>(conf.splits.nelts), kLeastSplits),
        with_room(variants_of(conf), kLeastVariants),
        root ? static_cast<std::uint32_t>(core->user) : static_cast<std::uint32_t>(-1),
        root ? static_cast<std::uint32_t>(core->group) : static_cast<std::uint32_t>(-1));
}

// Counts are worth keeping, but not worth running without: a file that cannot be used (damaged, of
// another version, too small for this configuration) is kept under another name for whoever wants
// to look at it, and counting starts anew. Workers that still run keep the old one.
bool set_aside(ngx_cycle_t* cycle, const MainConf& conf, const char* why) {
    const auto* path = reinterpret_cast<const char*>(conf.counters_path.data);
    const table::Path aside = table::joined(path, conf.counters_path.len, ".replaced");
    const bool renamed = rename(path, aside.text) == 0;
    ngx_log_error(NGX_LOG_WARN, cycle->log, renamed ? 0 : ngx_errno,
                  "teal: counters \"%s\": %s; kept as \"%s\", counting starts anew", path, why,
                  aside.text);
    return renamed && create(cycle, conf) == 0;
}

}  // namespace

void prepare_counters_file(ngx_cycle_t* cycle, MainConf& conf) {
    const auto* path = reinterpret_cast<const char*>(conf.counters_path.data);
    forget_places(conf);
    const int made = create(cycle, conf);
    if (made != 0 && made != EEXIST) {
        ngx_log_error(NGX_LOG_ERR, cycle->log, made, "teal: counters \"%s\" cannot be made", path);
        return;
    }
    counters::File file;
    int error = 0;
    counters::Opened opened = file.open(path, Access::read_write, &error);
    const bool usable = opened == counters::Opened::ok;
    if (usable && enter_configuration(cycle, file, conf)) {
        return;
    }
    if (opened != counters::Opened::missing &&
        set_aside(cycle, conf,
                  usable ? "no room for this configuration" : counters::opened_text(opened))) {
        opened = file.open(path, Access::read_write, &error);
        forget_places(conf);
    }
    if (opened != counters::Opened::ok || !enter_configuration(cycle, file, conf)) {
        ngx_log_error(NGX_LOG_ERR, cycle->log, error, "teal: counters \"%s\" cannot be used", path);
        forget_places(conf);
    }
}

}  // namespace teal::nginx
