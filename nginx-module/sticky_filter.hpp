// Giving visitors their sticky cookie, and counting them and the goals they reach: a header filter.
#pragma once

namespace teal::nginx {

// REQUIRES: called while nginx sets up its filters (postconfiguration).
void install_sticky_filter();

}  // namespace teal::nginx
