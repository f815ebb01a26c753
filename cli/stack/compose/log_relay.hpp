// What `docker compose logs` writes, passed on line by line to where no terminal is. Compose (2.26)
// begins each line with "erase this line" even there, whatever --ansi and --no-color say.
#pragma once

#include <string>
#include <vector>

namespace teal::cli::compose {

// Reads the descriptors until all have ended, or standard output is gone, and closes them. Lines of
// several are never mixed.
void relay_lines(std::vector<int> descriptors);

// Without the sequences that erase a line.
std::string without_erasing(std::string text);

}  // namespace teal::cli::compose
