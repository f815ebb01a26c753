#include "cli/traffic/nginx_view.hpp"

#include "cli/error.hpp"
#include "shared/counters/slots.hpp"
#include "shared/mapping/shared_word.hpp"

#include <cerrno>
#include <cstring>
#include <utility>

namespace teal::cli {
namespace {

std::string_view terminated(const char* text, std::size_t room) {
    return {text, strnlen(text, room)};
}

}  // namespace

NginxView::NginxView(std::string path) : path_(std::move(path)) {
    open();
}

void NginxView::open() {
    opened_ = file_.open(path_.c_str(), Access::read_only, &error_);
    directories_read_ = false;
    split_by_name_.clear();
    variants_of_split_.clear();
}

void NginxView::follow() {
    if (!file_.mapping().is_current(path_.c_str())) {
        file_.close();
        open();
    }
}

std::string NginxView::problem() const {
    if (is_open() || (opened_ == counters::Opened::missing && error_ == ENOENT)) {
        return {};
    }
    return path_ + ": " +
           (opened_ == counters::Opened::missing ? std::strerror(error_)
                                                 : counters::opened_text(opened_));
}

counters::LiveSlots NginxView::live_slots() const {
    return is_open() ? counters::live_slots(file_) : counters::LiveSlots{};
}

bool NginxView::has_live_worker() const {
    const std::uint32_t high = is_open() ? file_.slot_high() : 0;
    for (std::uint32_t i = 0; i < high; ++i) {
        if (counters::is_slot_live(file_, i)) {
            return true;
        }
    }
    return false;
}

std::vector<Worker> NginxView::live_workers() const {
    std::vector<Worker> workers;
    const std::uint32_t high = is_open() ? file_.slot_high() : 0;
    for (std::uint32_t i = 0; i < high; ++i) {
        const counters::SlotHeader& slot = file_.slot(i);
        // Order matters: a process that dies between the two looks must not count as behind.
        const std::uint64_t generation = load_shared(slot.generation, std::memory_order_acquire);
        if (!counters::is_slot_live(file_, i)) {
            continue;
        }
        workers.push_back(
            {load_shared(slot.pid, std::memory_order_relaxed), generation,
             load_shared(slot.applied_unix_ns, std::memory_order_relaxed),
             load_shared(slot.started_unix_ns, std::memory_order_relaxed),
             static_cast<counters::Role>(load_shared(slot.role, std::memory_order_relaxed)),
             load_shared(slot.table_health, std::memory_order_relaxed),
             load_shared(slot.knows_holds, std::memory_order_relaxed) ==
                 load_shared(slot.claims, std::memory_order_relaxed)});
    }
    return workers;
}

void NginxView::read_directories() const {
    if (directories_read_ || !is_open()) {
        return;
    }
    const std::uint32_t splits = file_.split_count();
    split_by_name_.reserve(splits);
    for (std::uint32_t i = 0; i < splits; ++i) {
        split_by_name_.emplace(terminated(file_.split(i).name, table::kSplitNameBytes), i);
    }
    variants_of_split_.resize(splits);
    const std::uint32_t variants = file_.variant_count();
    for (std::uint32_t i = 0; i < variants; ++i) {
        const std::uint32_t split = file_.variant(i).split;
        if (split < splits) {
            variants_of_split_[split].push_back(i);
        }
    }
    directories_read_ = true;
}

std::optional<std::uint32_t> NginxView::find_split(std::string_view name) const {
    read_directories();
    const auto found = split_by_name_.find(name);
    return found == split_by_name_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::uint32_t> NginxView::find_variant(std::uint32_t split,
                                                     std::string_view name) const {
    for (const std::uint32_t variant : variants_of(split)) {
        if (terminated(file_.variant(variant).name, table::kVariantNameBytes) == name) {
            return variant;
        }
    }
    return std::nullopt;
}

const std::vector<std::uint32_t>& NginxView::variants_of(std::uint32_t split) const {
    read_directories();
    static const std::vector<std::uint32_t> none;
    return split < variants_of_split_.size() ? variants_of_split_[split] : none;
}

bool NginxView::is_configured(const counters::SplitEntry& split) const {
    return split.configured_unix_ns == file_.header().configured_unix_ns;
}

bool NginxView::is_configured(const counters::VariantEntry& variant) const {
    return variant.configured_unix_ns == file_.header().configured_unix_ns;
}

std::string NginxView::variant_name(std::uint32_t variant) const {
    if (!is_open() || variant >= file_.variant_count()) {
        return {};
    }
    return std::string(terminated(file_.variant(variant).name, table::kVariantNameBytes));
}

bool NginxView::has_tripped(const table::SplitImage& split, std::uint64_t generation) const {
    const std::optional<std::uint32_t> place = find_split(split.name);
    if (generation == 0 || !place || split.guard.armed == 0 ||
        split.guard.canary >= split.variants.size()) {
        return false;
    }
    const counters::SplitEntry& entry = file_.split(*place);
    return load_shared(entry.tripped, std::memory_order_acquire) == generation ||
           (split.guard.armed_unix_ns != 0 &&
            load_shared(entry.tripped_arming, std::memory_order_acquire) ==
                split.guard.armed_unix_ns);
}

void demand_live_nginx(const NginxView& nginx, const std::string& otherwise) {
    if (const std::string problem = nginx.problem(); !problem.empty()) {
        throw failure("nginx's counters cannot be read: " + problem,
                      "run as root or as nginx's worker user" + otherwise);
    }
    if (!nginx.has_live_worker()) {
        throw nothing_there(std::string("no live nginx worker ") +
                                (nginx.is_open() ? "in " : "has made ") + nginx.path(),
                            "start nginx with the module loaded, or name its table: --table PATH; "
                            "teal doctor says more" +
                                otherwise);
    }
}

}  // namespace teal::cli
