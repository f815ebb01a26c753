// Which services a rolling update does first, and which one at a time at its end.
#pragma once

#include "cli/stack/definition.hpp"

#include <string>

namespace teal::cli {

struct Criticality {
    bool critical = false;
    std::string reason;  // "label teal.critical", "entry", "image postgres", "name redis"
};

// What the label (or teal.toml) says; else an entry is critical; else known images, or names where
// the image is built here, decide as the guide does: databases, Hasura and Auth are critical,
// MinIO, Redis and Functions are not. What nobody knows is not critical.
Criticality criticality_of(const Service& service);

}  // namespace teal::cli
