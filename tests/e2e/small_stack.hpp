// A compose project of two entries that needs nothing but the base image: for tests of what docker
// and compose do, where the shop's database would only cost time.
#pragma once

#include "tests/harness/compose_site.hpp"

#include <string>

namespace teal::e2e {

// server.pl: answers every request with the field X-Served-By: $NAME-$VERSION.
void put_server(harness::ComposeSite& site);

// server.pl, and compose.yaml with the entries web and api of this version. `web_image`: what web
// is started from.
void put_small_stack(harness::ComposeSite& site, const std::string& version,
                     const std::string& web_image = "debian:bookworm-slim");

}  // namespace teal::e2e
