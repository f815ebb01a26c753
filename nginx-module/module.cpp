// Teal inside nginx: the module's wiring. Where things are:
//
//   configuration, split_block, upstream  nginx.conf, read and checked
//   worker, bell, counters_file           a process's life, and what keeps it current
//   table_view                            snapshots of the table
//   route_request                         the decision, in one file
//   participation, goals, layers          experiments: who is in them, and what is counted
//   peer, endpoint_choice, attempt        nginx's upstream machinery, counted
//   sticky_filter, secrets, variables     what visitors and nginx.conf see
//   status, metrics (page, totals)        what operators' programs see
//   dashboard, dashboard_*, dashboard/    what operators see
#include "nginx-module/configuration.hpp"
#include "nginx-module/worker.hpp"

static ngx_http_module_t http_module = {
    nullptr,  // preconfiguration
    teal::nginx::postconfiguration,
    teal::nginx::create_main_conf,
    teal::nginx::init_main_conf,
    teal::nginx::create_upstream_conf,
    nullptr,  // merge server configuration
    teal::nginx::create_location_conf,
    teal::nginx::merge_location_conf,
};

// Static, because HUP does not load a replaced shared object and nginx keeps the index here.
ngx_module_t ngx_http_teal_module = {
    NGX_MODULE_V1,
    &http_module,
    teal::nginx::commands,
    NGX_HTTP_MODULE,
    nullptr,  // init master
    teal::nginx::init_module,
    teal::nginx::init_process,
    nullptr,  // init thread
    nullptr,  // exit thread
    teal::nginx::exit_process,
    nullptr,  // exit master
    NGX_MODULE_V1_PADDING,
};
