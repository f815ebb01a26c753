// What nginx.conf says about Teal, checked while nginx reads it, so that a request cannot fail for
// a reason that was known then. Everything here lives in the configuration's pool and is read-only
// once nginx runs, but for what is mutable; it belongs to one cycle, old workers keep the old one.
#pragma once

#include "nginx-module/nginx.hpp"

#include "shared/counters/sums.hpp"
#include "shared/sticky/cookie.hpp"
#include "shared/table/layout.hpp"
#include "shared/table/paths.hpp"

namespace teal::nginx {

// A split or variant that has no place in the counters file: it is not counted.
inline constexpr std::uint32_t kNoPlace = 0xffffffffu;

struct VariantConf {
    ngx_str_t name;
    ngx_str_t upstream_name;  // empty: endpoints come from the table
    ngx_http_upstream_srv_conf_t* upstream;
    std::uint32_t counters_index;          // in the counters' variant directory
    mutable counters::StoredSlots stored;  // what this process knows of them
};

struct WhenRule {
    ngx_http_complex_value_t condition;  // holds when neither empty nor "0"
    std::uint32_t variant;
};

struct GoalConf {
    ngx_str_t name;
    std::uint16_t mark;   // what a cookie remembers it by
    std::uint32_t place;  // in the split's goal directory of the counters
};

struct KeyConf {
    ngx_http_complex_value_t value;
    ngx_int_t variable;  // index of the variable that is the whole expression, or NGX_ERROR
    ngx_str_t cookie;    // NAME of nginx's own $cookie_NAME; empty otherwise
};

// `layer NAME [FROM-TO%]`: the ranges are laid out when all splits of the layer are known.
struct LayerConf {
    ngx_str_t name;  // empty: in no layer
    std::uint64_t salt;
    std::uint32_t from_ppm;  // as written; both 0: not written
    std::uint32_t to_ppm;
    ngx_array_t ranges;  // table::RingRange
};

struct SplitConf {
    ngx_str_t name;
    std::uint32_t index;  // among nginx.conf's splits: its place in a snapshot
    std::uint32_t counters_index;
    std::uint32_t variant_count;
    std::uint32_t default_variant;
    VariantConf variants[table::kMaxVariants];
    ngx_array_t keys;     // KeyConf; the first non-empty one is hashed
    ngx_array_t when;     // WhenRule
    ngx_array_t exclude;  // KeyConf; excluded when one holds
    std::uint32_t holdout_ppm;
    bool holdout_given;
    bool selective;  // exclude, holdout or layer: not everybody takes part
    LayerConf layer;
    ngx_http_complex_value_t* pin;
    ngx_str_t cookie_name;  // empty: not sticky
    ngx_str_t cookie_attributes;
    time_t cookie_seconds;
    GoalConf goals[counters::kMaxGoals];
    std::uint32_t goal_count;
    std::uint32_t hold_place;  // in the counters' variant directory: where its holds are counted
    bool shield;               // retry safe
    bool proxied;              // an upstream{} delegates to it
    bool has_trail;            // nginx.conf mentions $teal_<split>_attempts
    ngx_str_t rules;           // how it decides, in words, for the counters file
};

// `teal_hold SPLIT|off;`
struct HoldLine {
    HoldLine* next;
    ngx_str_t name;
    ngx_str_t file;  // where it stands, for messages
    ngx_uint_t line;
    const SplitConf* split;  // nullptr: off
};
inline constexpr std::uint32_t kMostPassingModules = 6;
inline constexpr std::uint32_t kDefaultHeld = 10'000;  // a worker's waiting requests
inline constexpr ngx_int_t kMostHeld = 1'000'000;

struct MainConf {
    ngx_str_t table_path;
    ngx_str_t counters_path;
    ngx_str_t secret_path;
    ngx_array_t splits;          // SplitConf*
    SplitConf** by_name;         // the same, sorted by name
    ngx_int_t request_variable;  // index of the hidden variable that holds the RequestState
    sticky::Signer signers[2];
    std::uint32_t signer_count;
    bool sticky;               // at least one split is
    bool dashboard;            // at least one location shows it
    ngx_array_t goal_lines;    // GoalLine*: every teal_goal
    HoldLine* hold_lines;      // every teal_hold
    std::uint32_t hold_limit;  // 0: not written
    std::uint32_t passing_module_count;
    ngx_uint_t passing_modules[kMostPassingModules];  // ctx_index of those that have an upstream
    ngx_http_upstream_srv_conf_t** delegating;        // `upstream { teal …; }`, sorted by address
    std::uint32_t delegating_count;

    SplitConf& split(std::uint32_t index) const {
        return *static_cast<SplitConf**>(splits.elts)[index];
    }
};

// What a conversion is counted for: a goal of a split.
struct GoalTarget {
    const SplitConf* split;
    std::uint32_t goal;  // index into SplitConf::goals
};

// `teal_goal NAME [when $variable] [value $variable];`
struct GoalLine {
    ngx_str_t name;
    ngx_str_t file;  // where it stands, for messages
    ngx_uint_t line;
    ngx_http_complex_value_t* when;   // nullptr: always
    ngx_http_complex_value_t* value;  // nullptr: a conversion without a number
    ngx_array_t targets;              // GoalTarget
};

struct LocationConf {
    ngx_array_t* goals;  // GoalLine*, with those of the levels around it; nullptr: none
    HoldLine* hold;      // nullptr: the location's upstream says which split
};

// Of an upstream{} block.
struct UpstreamConf {
    ngx_str_t split_name;
    SplitConf* split;
    ngx_uint_t max_fails;  // 0: failures never make an endpoint be avoided
    time_t fail_timeout;   // seconds
};

extern ngx_command_t commands[];

void* create_main_conf(ngx_conf_t* cf);
char* init_main_conf(ngx_conf_t* cf, void* conf);
void* create_upstream_conf(ngx_conf_t* cf);
void* create_location_conf(ngx_conf_t* cf);
char* merge_location_conf(ngx_conf_t* cf, void* outer, void* inner);
// Resolves what may be named before it is defined; adds variables and the header filter.
ngx_int_t postconfiguration(ngx_conf_t* cf);

// nullptr: no such split. `find_split` works after postconfiguration has sorted the names,
// `search_split` while nginx.conf is being read.
SplitConf* find_split(const MainConf& conf, std::string_view name);
SplitConf* search_split(const MainConf& conf, std::string_view name);
// The variant's place in the split, or table::kNoVariant (route.hpp).
std::uint32_t find_variant(const SplitConf& split, std::string_view name);
// The goal's place in the split, or kNoPlace.
std::uint32_t find_goal(const SplitConf& split, std::string_view name);

// Of the running cycle; nullptr without an http{} block.
MainConf* main_conf_of(ngx_cycle_t* cycle);
// The one a request began with: without a master process a reload changes the process's under
// requests in flight.
inline const MainConf& main_conf_of(ngx_http_request_t* r) {
    return *static_cast<const MainConf*>(ngx_http_get_module_main_conf(r, ngx_http_teal_module));
}

// The block `teal_split NAME { … }`.
char* read_split_block(ngx_conf_t* cf, ngx_command_t* command, void* conf);
// `teal SPLIT [max_fails=N] [fail_timeout=TIME];` inside upstream{}.
char* read_upstream_directive(ngx_conf_t* cf, ngx_command_t* command, void* conf);
// `teal_goal NAME [when $variable] [value $variable];`
char* read_goal_line(ngx_conf_t* cf, ngx_command_t* command, void* conf);
// `teal_status;`, `teal_metrics;` and `teal_dashboard;`
char* read_status_directive(ngx_conf_t* cf, ngx_command_t* command, void* conf);
char* read_metrics_directive(ngx_conf_t* cf, ngx_command_t* command, void* conf);
char* read_dashboard_directive(ngx_conf_t* cf, ngx_command_t* command, void* conf);
// At the end of nginx.conf: a dashboard has something to show.
ngx_int_t check_dashboard(ngx_conf_t* cf, const MainConf& conf);

}  // namespace teal::nginx
