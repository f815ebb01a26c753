// A program that goes on after this command: nobody's child, in a session of its own, with nothing
// of ours open.
#pragma once

#include <string>
#include <vector>

namespace teal::cli {

// `teal` itself, this very one, with these words. Returns when it was forked and holds none of our
// locks; what becomes of it is its own business. Empty, or why it could not be.
std::string start_detached(const std::vector<std::string>& words);

}  // namespace teal::cli
