#include "cli/diagnosis/checks.hpp"
#include "cli/output/quantities.hpp"
#include "cli/suggestion.hpp"
#include "cli/traffic/hold.hpp"
#include "cli/traffic/percent.hpp"
#include "cli/traffic/weight_plan.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cstring>
#include <unordered_set>

namespace teal::cli {
namespace {

std::string entry_name(const counters::SplitEntry& entry) {
    return {entry.name, strnlen(entry.name, sizeof(entry.name))};
}

void check_variants(const table::SplitImage& split, std::uint32_t entry, const NginxView& nginx,
                    Findings& findings) {
    std::vector<std::string> only_in_nginx;
    for (const std::uint32_t place : nginx.variants_of(entry)) {
        const std::string name = nginx.variant_name(place);
        if (nginx.is_configured(nginx.file().variant(place)) && split.find(name) == nullptr) {
            only_in_nginx.push_back(name);
        }
    }
    if (!only_in_nginx.empty()) {
        findings.warning(
            "split " + split.name, "in nginx.conf but not in the table: " + listed(only_in_nginx),
            fmt::format("teal init --split {} --variants {}", split.name, only_in_nginx.front()));
    }
    for (const table::VariantImage& variant : split.variants) {
        const std::optional<std::uint32_t> place = nginx.find_variant(entry, variant.name);
        if (place && nginx.is_configured(nginx.file().variant(*place))) {
            continue;
        }
        const std::string text = "variant " + variant.name + " is not in nginx.conf";
        const std::string remedy = "add \"variant " + variant.name + ";\" and reload nginx";
        if (variant.weight_ppm > 0) {
            findings.problem("split " + split.name,
                             text + ", but has " + percent_text(variant.weight_ppm) +
                                 "; the default serves them",
                             remedy);
        } else {
            findings.warning("split " + split.name, text, remedy);
        }
    }
}

bool is_served(const table::SplitImage& split, const table::VariantImage& variant,
               const NginxView& nginx) {
    return !variant.endpoints.empty() ||
           is_served_without_endpoints(nginx, split.name, variant.name);
}

void check_endpoints(const table::SplitImage& split, const NginxView& nginx, Findings& findings) {
    // As `teal init` leaves it: not wrong, only not begun.
    if (std::none_of(split.variants.begin(), split.variants.end(),
                     [&](const auto& variant) { return is_served(split, variant, nginx); })) {
        findings.warning("split " + split.name, "no variant has an endpoint yet: nothing answers",
                         fmt::format("deploy: teal upgrade perform; or by hand: teal traffic "
                                     "endpoints {} {} set ADDRESS:PORT",
                                     split.name, split.variants.front().name));
        return;
    }
    for (const table::VariantImage& variant : split.variants) {
        if (variant.weight_ppm > 0 && !is_served(split, variant, nginx)) {
            findings.problem("split " + split.name,
                             fmt::format("variant {} has {} and no endpoint", variant.name,
                                         percent_text(variant.weight_ppm)),
                             fmt::format("teal traffic endpoints {} {} set ADDRESS:PORT",
                                         split.name, variant.name));
        }
    }
}

void check_hold(const table::SplitImage& split, const NginxView& nginx, Findings& findings) {
    const std::uint64_t now = now_unix_ns();
    if (!is_held(split, now)) {
        return;
    }
    const counters::HoldSums sums = hold_sums_of(nginx, split.name);
    findings.warning("split " + split.name,
                     fmt::format("is held for {} more: {} requests wait inside nginx",
                                 time_left_text(split.hold.until_unix_ns, now), sums.waiting),
                     "let them go: teal traffic resume " + split.name);
    for (const Worker& worker : nginx.live_workers()) {
        if (!worker.knows_holds) {
            findings.problem("split " + split.name,
                             fmt::format("is held, but worker {} runs a module that does not know "
                                         "holds: its requests reach the backends",
                                         worker.pid),
                             "install this version's module and restart nginx");
            break;
        }
    }
    if (sums.passed > 0) {
        findings.warning(
            "split " + split.name,
            fmt::format("{} requests went past its holds since the counters began", sums.passed),
            "where proxy_pass has variables: teal_hold " + split.name + "; in its location");
    }
}

// One split of the table; the line says "ok" only when nothing else was found.
void check_split(const table::SplitImage& split, std::uint64_t generation, const NginxView& nginx,
                 Findings& findings) {
    const std::size_t before = findings.list().size();
    const std::optional<std::uint32_t> entry = nginx.find_split(split.name);
    const bool configured = entry && nginx.is_configured(nginx.file().split(*entry));
    if (configured) {
        check_variants(split, *entry, nginx, findings);
    } else if (nginx.is_open()) {
        findings.warning("split " + split.name, "is in the table but not in nginx.conf",
                         "add teal_split " + split.name + " and reload nginx");
    }
    if (configured || !nginx.is_open()) {
        check_endpoints(split, nginx, findings);
    }
    check_hold(split, nginx, findings);
    if (nginx.has_tripped(split, generation)) {
        findings.problem("split " + split.name,
                         "the guard has tripped: " + split.variants[split.guard.canary].name +
                             " gets no traffic",
                         "look at its errors, then decide: teal traffic set " + split.name + " …");
    }
    if (findings.list().size() == before) {
        findings.ok("split " + split.name, "table and nginx.conf agree");
    }
}

}  // namespace

void check_splits(const table::TableImage& image, const NginxView& nginx, Findings& findings) {
    std::unordered_set<std::string_view> in_table;
    for (const table::SplitImage& split : image.splits) {
        in_table.insert(split.name);
        check_split(split, image.generation, nginx, findings);
    }
    const std::uint32_t splits = nginx.is_open() ? nginx.file().split_count() : 0;
    for (std::uint32_t i = 0; i < splits; ++i) {
        const counters::SplitEntry& entry = nginx.file().split(i);
        const std::string name = entry_name(entry);
        if (nginx.is_configured(entry) && in_table.count(name) == 0) {
            findings.problem("split " + name,
                             "is in nginx.conf but not in the table; its default serves everybody",
                             "teal init --split " + name);
        }
    }
}

}  // namespace teal::cli
