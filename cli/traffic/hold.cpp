#include "cli/traffic/hold.hpp"

#include "cli/error.hpp"
#include "cli/events/event_log.hpp"
#include "cli/output/quantities.hpp"
#include "cli/suggestion.hpp"
#include "cli/traffic/weights.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <thread>

namespace teal::cli {
namespace {

using std::chrono::steady_clock;
using table::SplitImage;
using table::TableImage;

constexpr auto kDrainLookEvery = std::chrono::milliseconds(2);
constexpr auto kDrainTellEvery = std::chrono::milliseconds(200);

SplitImage& held_split_in(TableImage& image, const std::string& name) {
    SplitImage* split = image.find(name);
    if (split == nullptr) {
        throw wrong_input(
            "split " + name + " is not in the table" + did_you_mean(name, names_of(image.splits)),
            "see which there are: teal traffic show");
    }
    return *split;
}

void demand_split_in_nginx(const NginxView& nginx, const std::string& name) {
    const std::optional<std::uint32_t> place = nginx.find_split(name);
    if (!place || !nginx.is_configured(nginx.file().split(*place))) {
        throw wrong_input("split " + name + " is not in the running nginx.conf",
                          "nginx holds only splits it knows; add teal_split " + name +
                              " to nginx.conf and reload nginx");
    }
}

// `edit` changes a split and says whether anything is to be published.
HoldChange change_holds(const ChangeTerms& terms, const std::vector<std::string>& splits,
                        const NginxView& demanding, bool holds,
                        const std::function<bool(SplitImage&, HeldSplit&)>& edit) {
    NginxView nginx(terms.paths.counters);
    TableSession session(terms.paths, terms.holder, terms.lock_patience);
    if (holds) {
        demand_holding_nginx(demanding, session.image(), splits);
    }
    HoldChange result;
    bool anything = false;
    for (const std::string& name : splits) {
        SplitImage& split = held_split_in(session.image(), name);
        HeldSplit held{name, is_held(split, now_unix_ns()), 0};
        anything = edit(split, held) || anything;
        result.splits.push_back(std::move(held));
    }
    if (anything) {
        carry_trips(session.image(), nginx, {});
    }
    // A release is worth publishing while nobody could prove it; a hold is not.
    const bool prove = holds || nginx.has_live_worker();
    result.change = publish_and_prove(session, nginx, anything, prove, terms.proof_patience);
    return result;
}

void tell_of_hold(const ChangeTerms& terms, const char* kind,
                  const std::vector<std::string>& splits, const std::string& text) {
    // What it tells of has been done; a missing mark on a chart is no reason to fail.
    (void)record_events(terms.paths.table,
                        {{.kind = kind, .split = joined_names(splits), .text = text}});
}

}  // namespace

void set_hold(SplitImage& split, std::uint64_t now_unix_ns, std::chrono::nanoseconds longest) {
    if (!is_held(split, now_unix_ns)) {
        split.hold.started_unix_ns = now_unix_ns;
    }
    split.hold.set_unix_ns = now_unix_ns;
    split.hold.until_unix_ns = now_unix_ns + static_cast<std::uint64_t>(longest.count());
}

bool clear_hold(SplitImage& split) {
    const bool was_set = split.hold.started_unix_ns != 0;
    split.hold = {};
    return was_set;
}

void forget_old_holds(TableImage& image, std::uint64_t now_unix_ns) {
    for (SplitImage& split : image.splits) {
        if (split.hold.until_unix_ns + table::kLongestHold_ns < now_unix_ns) {
            split.hold = {};
        }
    }
}

bool is_held(const SplitImage& split, std::uint64_t now_unix_ns) {
    return split.hold.started_unix_ns != 0 && split.hold.until_unix_ns > now_unix_ns;
}

void demand_holding_nginx(const NginxView& nginx, const TableImage& image,
                          const std::vector<std::string>& splits) {
    demand_live_nginx(nginx);
    for (const std::string& name : splits) {
        if (image.find(name) == nullptr) {
            throw wrong_input("split " + name + " is not in the table" +
                                  did_you_mean(name, names_of(image.splits)),
                              "see which there are: teal traffic show");
        }
        demand_split_in_nginx(nginx, name);
    }
    for (const Worker& worker : nginx.live_workers()) {
        if (!worker.knows_holds) {
            throw failure(
                fmt::format("nginx's worker {} runs a module that does not know holds", worker.pid),
                "install this version's module and restart nginx (a reload does not load it); "
                "workers of the old one that are still leaving count, too");
        }
    }
}

HoldChange hold(const ChangeTerms& terms, const std::vector<std::string>& splits,
                std::chrono::nanoseconds longest) {
    const NginxView nginx(terms.paths.counters);
    demand_live_nginx(nginx);
    HoldChange result =
        change_holds(terms, splits, nginx, true, [&](SplitImage& split, HeldSplit& held) {
            set_hold(split, now_unix_ns(), longest);
            held.until_unix_ns = split.hold.until_unix_ns;
            return true;
        });
    tell_of_hold(terms, "held", splits,
                 fmt::format("new requests wait, for at most {:g} s",
                             std::chrono::duration<double>(longest).count()));
    demand_applied(result.change, std::chrono::duration<double>(terms.proof_patience).count());
    return result;
}

HoldChange release(const ChangeTerms& terms, const std::vector<std::string>& splits) {
    const NginxView nginx(terms.paths.counters);
    HoldChange result =
        change_holds(terms, splits, nginx, false,
                     [](SplitImage& split, HeldSplit&) { return clear_hold(split); });
    const bool any = std::any_of(result.splits.begin(), result.splits.end(),
                                 [](const HeldSplit& one) { return one.was_held; });
    if (any) {
        tell_of_hold(terms, "released", splits, "requests that waited go on");
    }
    demand_applied(result.change, std::chrono::duration<double>(terms.proof_patience).count());
    return result;
}

std::uint64_t in_flight_of_splits(const NginxView& nginx, const std::vector<std::string>& splits) {
    if (!nginx.is_open()) {
        return 0;
    }
    std::uint64_t total = 0;
    const counters::LiveSlots live = nginx.live_slots();
    for (const std::string& name : splits) {
        const std::optional<std::uint32_t> place = nginx.find_split(name);
        if (!place) {
            continue;
        }
        for (const std::uint32_t variant : nginx.variants_of(*place)) {
            counters::VariantCounters sum{};
            counters::add_up(nginx.file(), live, variant, sum);
            total += counters::in_flight(sum);
        }
    }
    return total;
}

std::uint64_t wait_until_drained(NginxView& nginx, const std::vector<std::string>& splits,
                                 std::chrono::nanoseconds patience,
                                 const std::function<void(std::uint64_t)>& tell) {
    const auto give_up = steady_clock::now() + patience;
    auto tell_at = steady_clock::now();
    while (true) {
        const std::uint64_t left = in_flight_of_splits(nginx, splits);
        const auto now = steady_clock::now();
        if (left == 0 || now >= give_up) {
            return left;
        }
        if (tell && now >= tell_at) {
            tell(left);
            tell_at = now + kDrainTellEvery;
        }
        std::this_thread::sleep_for(
            std::min<steady_clock::duration>(kDrainLookEvery, give_up - now));
        nginx.follow();
    }
}

counters::HoldSums hold_sums_of(const NginxView& nginx, const std::string& split) {
    const std::optional<std::uint32_t> place =
        nginx.is_open() ? nginx.find_split(split) : std::nullopt;
    return place ? counters::hold_sums(nginx.file(), nginx.live_slots(), *place)
                 : counters::HoldSums{};
}

std::string time_left_text(std::uint64_t until_unix_ns, std::uint64_t now_unix_ns) {
    const std::uint64_t left_ns = until_unix_ns > now_unix_ns ? until_unix_ns - now_unix_ns : 0;
    return fmt::format("{:.1f} s", static_cast<double>(left_ns) / 1e9);
}

}  // namespace teal::cli
