#include "nginx-module/layers.hpp"

#include "nginx-module/split_values.hpp"
#include "shared/table/participation.hpp"

#include <cstdlib>

namespace teal::nginx {
namespace {

struct Piece {
    std::uint32_t from_ppm;
    std::uint32_t to_ppm;
};

bool has_range(const SplitConf& split) {
    return split.layer.to_ppm != 0;
}

// By layer; within one those with a range first, by its start, then the order of nginx.conf.
int compare(const void* a, const void* b) {
    const SplitConf& left = **static_cast<SplitConf* const*>(a);
    const SplitConf& right = **static_cast<SplitConf* const*>(b);
    if (const int order = view_of(left.layer.name).compare(view_of(right.layer.name)); order != 0) {
        return order;
    }
    if (has_range(left) != has_range(right)) {
        return has_range(left) ? -1 : 1;
    }
    if (has_range(left) && left.layer.from_ppm != right.layer.from_ppm) {
        return left.layer.from_ppm < right.layer.from_ppm ? -1 : 1;
    }
    return left.index < right.index ? -1 : 1;
}

bool have_same_keys(const SplitConf& a, const SplitConf& b) {
    const auto* left = static_cast<const KeyConf*>(a.keys.elts);
    const auto* right = static_cast<const KeyConf*>(b.keys.elts);
    bool same = a.keys.nelts == b.keys.nelts;
    for (ngx_uint_t i = 0; same && i < a.keys.nelts; ++i) {
        same = view_of(left[i].value.value) == view_of(right[i].value.value);
    }
    return same;
}

// The splits of one layer, sorted.
class Layout {
public:
    Layout(ngx_conf_t* cf, SplitConf** splits, std::uint32_t count)
        : cf_(cf), splits_(splits), count_(count) {
        while (ranged_ < count_ && has_range(*splits_[ranged_])) {
            ++ranged_;
        }
    }

    bool make() { return check() && give_ranges() && share_the_rest() && tell(); }

private:
    bool check() const {
        for (std::uint32_t i = 1; i < count_; ++i) {
            if (!have_same_keys(*splits_[0], *splits_[i])) {
                ngx_log_error(NGX_LOG_EMERG, cf_->log, 0,
                              "layer \"%V\": teal_split \"%V\" and \"%V\" have different keys and "
                              "so cannot exclude each other, give them the same \"key\"",
                              &splits_[0]->layer.name, &splits_[0]->name, &splits_[i]->name);
                return false;
            }
        }
        for (std::uint32_t i = 1; i < ranged_; ++i) {
            if (splits_[i]->layer.from_ppm < splits_[i - 1]->layer.to_ppm) {
                ngx_log_error(NGX_LOG_EMERG, cf_->log, 0,
                              "layer \"%V\": the ranges of teal_split \"%V\" and \"%V\" overlap, "
                              "give each one a part of 0-100%% of its own",
                              &splits_[0]->layer.name, &splits_[i - 1]->name, &splits_[i]->name);
                return false;
            }
        }
        return true;
    }

    bool add(SplitConf& split, Piece piece) {
        if (split.layer.ranges.elts == nullptr &&
            ngx_array_init(&split.layer.ranges, cf_->pool, 2, sizeof(table::RingRange)) != NGX_OK) {
            return false;
        }
        auto* range = static_cast<table::RingRange*>(ngx_array_push(&split.layer.ranges));
        auto* piece_told = static_cast<Piece*>(ngx_array_push(&pieces_));
        if (range == nullptr || piece_told == nullptr) {
            return false;
        }
        *range = table::ring_range(piece.from_ppm, piece.to_ppm);
        *piece_told = piece;
        return true;
    }

    bool give_ranges() {
        if (ngx_array_init(&pieces_, cf_->temp_pool, count_ + ranged_ + 1, sizeof(Piece)) !=
            NGX_OK) {
            return false;
        }
        for (std::uint32_t i = 0; i < ranged_; ++i) {
            if (!add(*splits_[i], {splits_[i]->layer.from_ppm, splits_[i]->layer.to_ppm})) {
                return false;
            }
        }
        return true;
    }

    // The gap behind the ranges before `at`, as a piece; empty when there is none.
    Piece gap(std::uint32_t at) const {
        const std::uint32_t from = at == 0 ? 0 : splits_[at - 1]->layer.to_ppm;
        return {from, at == ranged_ ? table::kTotalPpm : splits_[at]->layer.from_ppm};
    }

    bool share_the_rest() {
        const std::uint32_t sharers = count_ - ranged_;
        std::uint32_t left_ppm = 0;
        for (std::uint32_t i = 0; i <= ranged_; ++i) {
            left_ppm += gap(i).to_ppm - gap(i).from_ppm;
        }
        if (sharers == 0) {
            return true;
        }
        if (left_ppm < sharers) {
            const std::uint32_t before = ranged_ != 0 ? ranged_ - 1 : 0;
            ngx_log_error(NGX_LOG_EMERG, cf_->log, 0,
                          "layer \"%V\" is full: its ranges up to that of teal_split \"%V\" leave "
                          "nothing for \"%V\", make them smaller or use another layer",
                          &splits_[0]->layer.name, &splits_[before]->name, &splits_[ranged_]->name);
            return false;
        }
        std::uint32_t at = 0;
        Piece rest = gap(0);
        for (std::uint32_t i = 0; i < sharers; ++i) {
            std::uint32_t share = left_ppm / (sharers - i);
            left_ppm -= share;
            while (share != 0) {
                if (rest.from_ppm == rest.to_ppm) {
                    rest = gap(++at);
                    continue;
                }
                const std::uint32_t room = rest.to_ppm - rest.from_ppm;
                const std::uint32_t taken = share < room ? share : room;
                if (!add(*splits_[ranged_ + i], {rest.from_ppm, rest.from_ppm + taken})) {
                    return false;
                }
                rest.from_ppm += taken;
                share -= taken;
            }
        }
        return true;
    }

    // "layer NAME FROM-TO[,FROM-TO…]" for `teal traffic explain`.
    bool tell() {
        const auto* piece = static_cast<const Piece*>(pieces_.elts);
        for (std::uint32_t i = 0; i < count_; ++i) {
            SplitConf& split = *splits_[i];
            split.layer.salt = table::layer_salt(view_of(split.layer.name));
            u_char text[kRulesBytes];
            u_char* end = text;
            for (ngx_uint_t p = 0; p < split.layer.ranges.nelts; ++p, ++piece) {
                end = ngx_slprintf(end, text + sizeof(text), "%s%uD.%04uD-%uD.%04uD",
                                   p == 0 ? "" : ",", piece->from_ppm / 10'000,
                                   piece->from_ppm % 10'000, piece->to_ppm / 10'000,
                                   piece->to_ppm % 10'000);
            }
            const ngx_str_t ranges = {static_cast<std::size_t>(end - text), text};
            add_rule(split, "layer", &split.layer.name, &ranges);
        }
        return true;
    }

    ngx_conf_t* cf_;
    SplitConf** splits_;
    std::uint32_t count_;
    std::uint32_t ranged_ = 0;
    ngx_array_t pieces_{};  // in the order of the splits
};

}  // namespace

ngx_int_t lay_out_layers(ngx_conf_t* cf, MainConf& conf) {
    auto** sorted = static_cast<SplitConf**>(
        ngx_palloc(cf->temp_pool, (conf.splits.nelts + 1) * sizeof(SplitConf*)));
    if (sorted == nullptr) {
        return NGX_ERROR;
    }
    std::uint32_t count = 0;
    for (std::uint32_t i = 0; i < conf.splits.nelts; ++i) {
        if (conf.split(i).layer.name.len != 0) {
            sorted[count++] = &conf.split(i);
        }
    }
    std::qsort(sorted, count, sizeof(SplitConf*), compare);
    for (std::uint32_t first = 0; first < count;) {
        std::uint32_t end = first + 1;
        while (end < count &&
               view_of(sorted[end]->layer.name) == view_of(sorted[first]->layer.name)) {
            ++end;
        }
        if (!Layout(cf, sorted + first, end - first).make()) {
            return NGX_ERROR;
        }
        first = end;
    }
    return NGX_OK;
}

}  // namespace teal::nginx
