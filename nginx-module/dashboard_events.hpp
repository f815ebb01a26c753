// What the CLI did, from the events file beside the table.
#pragma once

#include "nginx-module/page.hpp"

namespace teal::nginx {

// {"tag":"…","problem":"","skipped":0,"lines":[…]}; without `lines` when `known_tag` is the file's
// tag. Every line is one of events::is_event_line's, oldest first.
void add_events(Page& page, ngx_http_request_t* r, std::string_view known_tag);

}  // namespace teal::nginx
