#include "cli/diagnosis/project_checks.hpp"
#include "cli/stack/color.hpp"
#include "cli/suggestion.hpp"
#include "cli/traffic/nginx_rules.hpp"

#include <fmt/format.h>
#include <cstring>
#include <map>

namespace teal::cli {
namespace {

constexpr Color kColors[] = {Color::blue, Color::green};

std::string remedy_for(const std::string& split) {
    return fmt::format("teal init --split {} shows the lines; then nginx -s reload", split);
}

class EntryCheck {
public:
    EntryCheck(const Service& service, const NginxView& nginx, Findings& findings)
        : service_(service), split_(service.entry->split), nginx_(nginx), findings_(findings) {}

    void look_at_table(const table::TableImage& image) {
        const auto* split = const_cast<table::TableImage&>(image).find(split_);
        if (split == nullptr) {
            problem(fmt::format("split {} is not in the table", split_),
                    fmt::format("teal init --split {}", split_));
            return;
        }
        for (const Color color : kColors) {
            if (split->find(name_of(color)) == nullptr) {
                problem(
                    fmt::format("split {} has no variant {} in the table", split_, name_of(color)),
                    fmt::format("teal init --split {}", split_));
            }
        }
    }

    void look_at_nginx() {
        if (!nginx_.is_open()) {
            return;  // said once, not for every entry
        }
        const std::optional<std::uint32_t> found = nginx_.find_split(split_);
        if (!found || !nginx_.is_configured(nginx_.file().split(*found))) {
            problem(fmt::format("split {} is not in nginx.conf", split_), remedy_for(split_));
            return;
        }
        const counters::SplitEntry& entry = nginx_.file().split(*found);
        for (const Color color : kColors) {
            look_at_variant(*found, name_of(color));
        }
        if ((entry.flags & counters::kSplitProxied) == 0) {
            problem(fmt::format("no upstream of nginx.conf has \"teal {};\"", split_),
                    remedy_for(split_));
        }
        if (!parse_rules({entry.rules, strnlen(entry.rules, sizeof(entry.rules))}).pin) {
            problem(fmt::format("split {} has no pin: the standby cannot be asked through nginx "
                                "before it gets traffic",
                                split_),
                    fmt::format("add \"pin $http_x_teal_variant;\" to teal_split {} and reload "
                                "nginx",
                                split_));
        }
    }

    bool found_nothing() const { return !found_; }

private:
    void look_at_variant(std::uint32_t split, const std::string& name) {
        const std::optional<std::uint32_t> place = nginx_.find_variant(split, name);
        if (!place || !nginx_.is_configured(nginx_.file().variant(*place))) {
            problem(
                fmt::format("split {} has no variant {} in nginx.conf", split_, name),
                fmt::format("add \"variant {};\" to teal_split {} and reload nginx", name, split_));
        } else if ((nginx_.file().variant(*place).flags & counters::kVariantHasUpstream) != 0) {
            problem(
                fmt::format("variant {} of split {} is served by an upstream of nginx.conf: "
                            "endpoints of a deployment would not be used",
                            name, split_),
                fmt::format("write \"variant {};\" without an upstream and reload nginx", name));
        }
    }

    void problem(const std::string& text, const std::string& remedy) {
        found_ = true;
        findings_.problem("entry " + service_.name, text, remedy);
    }

    const Service& service_;
    const std::string& split_;
    const NginxView& nginx_;
    Findings& findings_;
    bool found_ = false;
};

}  // namespace

void check_definition(const StackDefinition& definition, Findings& findings) {
    const bool compose = definition.kind == StackKind::compose;
    std::string files;
    for (const std::string& file : definition.files) {
        files += (files.empty() ? "" : ", ") + file;
    }
    std::vector<std::string> shared;
    for (const Service* service : definition.shared_services()) {
        shared.push_back(service->name);
    }
    findings.ok("project", fmt::format("{}: {}, {} services{}", definition.project, files,
                                       definition.services.size(),
                                       shared.empty() ? "" : ", shared: " + listed(shared)));
    if (definition.entries().empty()) {
        findings.problem("project", "no service is an entry: traffic reaches none of them",
                         compose ? "label one, as in  labels: {teal.entry: \"3000\"}; teal init "
                                   "proposes which"
                                 : "say in teal.toml which one is:  [services.web]  entry = true");
    }
    std::map<std::string, std::string> service_of;
    for (const Service* service : definition.entries()) {
        const auto [known, fresh] = service_of.emplace(service->entry->split, service->name);
        if (!fresh) {
            findings.problem("project",
                             fmt::format("{} and {} are both entries of split {}", known->second,
                                         service->name, service->entry->split),
                             "give one of them a split of its own: label teal.split");
        }
    }
    for (const std::string& note : definition.notes) {
        findings.warning("project", note, "teal upgrade plan says more");
    }
}

void check_entries(const StackDefinition& definition, const std::optional<table::TableImage>& image,
                   const NginxView& nginx, Findings& findings) {
    for (const Service* service : definition.entries()) {
        EntryCheck check(*service, nginx, findings);
        if (image) {
            check.look_at_table(*image);
        }
        check.look_at_nginx();
        if (check.found_nothing() && image && nginx.is_open()) {
            findings.ok("entry " + service->name,
                        fmt::format("split {}: table and nginx.conf have blue and green, and a pin",
                                    service->entry->split));
        }
    }
}

}  // namespace teal::cli
