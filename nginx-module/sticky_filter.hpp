// Giving visitors their sticky cookie: a header filter of nginx.
#pragma once

namespace teal::nginx {

// REQUIRES: called while nginx sets up its filters (postconfiguration).
void install_sticky_filter();

}  // namespace teal::nginx
