// --interval of commands that show something again and again.
#pragma once

#include <string>

namespace teal::cli {

// 0.05 to 3600 seconds. Throws Error (wrong input).
double parse_interval(const std::string& text);

}  // namespace teal::cli
