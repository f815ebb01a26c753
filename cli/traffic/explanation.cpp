#include "cli/traffic/explanation.hpp"

#include "cli/traffic/participation_steps.hpp"
#include "cli/traffic/percent.hpp"
#include "cli/traffic/weights.hpp"
#include "shared/hash/key_hash.hpp"

#include <algorithm>

namespace teal::cli {
namespace {

using table::kNoVariant;
using table::SplitRecord;

std::string quoted(const std::string& text) {
    std::string shown = "\"";
    for (const char c : text) {
        shown += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
    }
    return shown + "\"";
}

RingPlace place_of(const SplitRecord& record, std::uint64_t hash) {
    __extension__ using Wide = unsigned __int128;
    RingPlace place;
    place.hash = hash;
    place.point_ppm =
        static_cast<std::uint32_t>((static_cast<Wide>(hash) * table::kTotalPpm) >> 64);
    for (std::uint32_t i = 0; i < record.segment_count; ++i) {
        place.segment_begin_ppm = i == 0 ? 0 : record.segments[i - 1].end_ppm;
        place.segment_end_ppm = record.segments[i].end_ppm;
        if (hash < record.segments[i].bound) {
            break;
        }
    }
    return place;
}

// One explanation in the making.
class Walk {
public:
    Walk(const table::SplitImage& split, const Circumstances& circumstances,
         const RequestFacts& facts)
        : split_(split),
          around_(circumstances),
          facts_(facts),
          values_(facts),
          words_(table::encode_record(split)) {}

    Explanation run() {
        table::Wishes wishes;
        wishes.pin = look_at_pin();
        wishes.home = find(around_.rules.default_variant);
        if (look_at_excludes()) {
            wishes.absence = table::Absence::excluded;
        }
        wishes.when = look_at_when();
        if (wishes.absence == table::Absence::none) {
            wishes.absence = explain_participation(around_.rules, key_of_visitor(), result_.steps);
        }
        wishes.sticky = look_at_sticky();
        table::Choice choice = table::choose_without_key(record(), wishes);
        if (choice.reason == table::Reason::only) {
            step("ring", split_.variants[choice.variant].name + " has all of it");
        } else if (choice.variant == kNoVariant) {
            choice.variant = look_at_key();
        } else if (is_absent(choice.reason)) {
            step("default", split_.variants[choice.variant].name +
                                " serves who takes no part in the experiment");
        }
        result_.reason = choice.reason;
        result_.missing = values_.missing();
        if (choice.variant != kNoVariant) {
            settle(choice);
        }
        return std::move(result_);
    }

private:
    const SplitRecord& record() const {
        return *reinterpret_cast<const SplitRecord*>(words_.data());
    }
    void step(const char* rule, std::string finding) {
        result_.steps.push_back({rule, std::move(finding)});
    }
    bool nginx_knows(const std::string& variant) const {
        const auto& known = around_.known_variants;
        return known.empty() || std::find(known.begin(), known.end(), variant) != known.end();
    }
    // kNoVariant for a name that table or nginx.conf does not have.
    std::uint32_t find(const std::string& variant) const {
        const table::VariantImage* found = split_.find(variant);
        return found != nullptr && nginx_knows(variant)
                   ? static_cast<std::uint32_t>(found - split_.variants.data())
                   : kNoVariant;
    }

    std::uint32_t look_at_pin() {
        if (!around_.rules.pin) {
            return kNoVariant;
        }
        const std::string value = values_.value_of(*around_.rules.pin);
        const std::uint32_t variant = find(value);
        step("pin", *around_.rules.pin + " = " + quoted(value) +
                        (value.empty()           ? ": no pin"
                         : variant == kNoVariant ? ": no variant has this name"
                                                 : ": pinned to " + value));
        return variant;
    }

    static bool is_absent(table::Reason reason) {
        return reason == table::Reason::excluded || reason == table::Reason::holdout ||
               reason == table::Reason::layer;
    }

    bool look_at_excludes() {
        for (const std::string& expression : around_.rules.excludes) {
            const std::string value = values_.value_of(expression);
            const bool holds = !value.empty() && value != "0";
            step("exclude",
                 expression + " = " + quoted(value) + (holds ? ": excluded" : ": not excluded"));
            if (holds) {
                return true;
            }
        }
        return false;
    }

    // The first that is not empty; what is given outright goes before. None when nobody asks.
    std::optional<std::string> key_of_visitor() {
        if (facts_.key || (around_.rules.holdout_ppm == 0 && !around_.rules.layer)) {
            return facts_.key;
        }
        for (const std::string& expression : around_.rules.keys) {
            if (std::string value = values_.value_of(expression); !value.empty()) {
                return value;
            }
        }
        return std::nullopt;
    }

    std::uint32_t look_at_when() {
        for (const WhenLine& rule : around_.rules.when) {
            const std::string value = values_.value_of(rule.expression);
            const bool holds = !value.empty() && value != "0";
            const std::uint32_t variant = holds ? find(rule.variant) : kNoVariant;
            std::string finding = rule.expression + " = " + quoted(value);
            if (!holds) {
                finding += ": not for " + rule.variant;
            } else if (variant == kNoVariant) {
                finding += ": for " + rule.variant + ", which the table does not have";
            } else if (table::takes_when(record().variants[variant])) {
                finding += ": for " + rule.variant;
            } else {
                finding += ": for " + rule.variant + ", but it is " +
                           state_text(split_.variants[variant].state);
            }
            step("when", std::move(finding));
            if (variant != kNoVariant) {
                return variant;
            }
        }
        return kNoVariant;
    }

    std::uint32_t look_at_sticky() {
        if (!around_.rules.sticky) {
            return kNoVariant;
        }
        const std::string& name = around_.rules.sticky->cookie;
        const std::optional<std::string> text = values_.cookie(name);
        if (!text || text->empty()) {
            step("sticky", "no cookie " + name + " was given (--cookie " + name + "=…)");
            return kNoVariant;
        }
        if (around_.signers.empty()) {
            step("sticky", "cookie " + name +
                               " cannot be checked, taken for none: " + around_.no_signers_because);
            return kNoVariant;
        }
        const sticky::Scope scope{split_.name, split_.salt, around_.signers.data(),
                                  around_.signers.size(), around_.rules.sticky->max_age_s};
        sticky::Cookie cookie;
        if (!sticky::read_cookie(scope, *text, around_.now_unix_s, &cookie)) {
            step("sticky", "cookie " + name + " is not valid: signature, age or form is wrong");
            return kNoVariant;
        }
        const std::string variant_name(cookie.variant);
        const std::uint32_t variant = find(variant_name);
        if (variant == kNoVariant) {
            step("sticky", "cookie " + name + " is for " + variant_name + ", which is no variant");
        } else if (table::takes_sticky(record().variants[variant])) {
            step("sticky", "cookie " + name + " is for " + variant_name +
                               (cookie.exposed ? ", counted in the experiment" : ""));
        } else {
            step("sticky",
                 "cookie " + name + " is for " + variant_name + ", which is " +
                     (split_.variants[variant].state == table::VariantState::closed ? "closed"
                                                                                    : "at 0 %"));
        }
        return variant;
    }

    std::uint32_t look_at_key() {
        if (facts_.key) {
            step("key", "given: " + quoted(*facts_.key));
            return at_key(*facts_.key);
        }
        for (const std::string& expression : around_.rules.keys) {
            const std::string value = values_.value_of(expression);
            step("key", expression + " = " + quoted(value) + (value.empty() ? ": empty" : ""));
            if (!value.empty()) {
                return at_key(value);
            }
        }
        step("ring", "no key: nginx draws a point at random for each request");
        return kNoVariant;
    }

    std::uint32_t at_key(const std::string& key) {
        const std::uint64_t hash = key_hash(key.data(), key.size(), split_.salt);
        const std::uint32_t variant = table::variant_at(record(), hash);
        result_.place = place_of(record(), hash);
        step("ring", "point " + percent_text(result_.place->point_ppm) + " lies in " +
                         percent_text(result_.place->segment_begin_ppm) + " to " +
                         percent_text(result_.place->segment_end_ppm) + ", which is " +
                         split_.variants[variant].name);
        return variant;
    }

    bool has_expired() const {
        return split_.guard.lease_expires_unix_ns != 0 &&
               split_.guard.on_lease_expiry != table::kLeaseHolds &&
               around_.now_unix_s > split_.guard.lease_expires_unix_ns / 1'000'000'000u;
    }

    // The guard's baseline takes over, or nginx.conf's default where it does not know the baseline.
    void leave_canary(table::Reason reason, const char* who, const std::string& what) {
        const std::string canary = result_.variant;
        result_.reason = reason;
        result_.variant = around_.rules.default_variant;
        if (split_.guard.baseline < split_.variants.size() &&
            nginx_knows(split_.variants[split_.guard.baseline].name)) {
            result_.variant = split_.variants[split_.guard.baseline].name;
        }
        step(who, what + canary + ": " + result_.variant + " serves");
    }

    // From the variant chosen to the one that serves.
    void settle(const table::Choice& choice) {
        result_.variant = split_.variants[choice.variant].name;
        const bool is_canary =
            choice.variant == split_.guard.canary && choice.reason != table::Reason::pin;
        if (around_.tripped && split_.guard.armed != 0 && is_canary) {
            leave_canary(table::Reason::tripped, "guard", "has taken the traffic of ");
        } else if (has_expired() && is_canary) {
            leave_canary(table::Reason::expired, "lease", "has not been renewed for ");
        } else if (!nginx_knows(result_.variant)) {
            result_.reason = table::Reason::fallback;
            step("default", result_.variant + " is not in nginx.conf: " +
                                around_.rules.default_variant + " serves");
            result_.variant = around_.rules.default_variant;
        }
    }

    const table::SplitImage& split_;
    const Circumstances& around_;
    const RequestFacts& facts_;
    Evaluation values_;
    std::vector<std::uint64_t> words_;
    Explanation result_;
};

}  // namespace

Explanation explain(const table::SplitImage& split, const Circumstances& circumstances,
                    const RequestFacts& facts) {
    return Walk(split, circumstances, facts).run();
}

}  // namespace teal::cli
