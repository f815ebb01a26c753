// `.env` for the environment of processes: by the rules of project/dotenv_scan.hpp, and the last of
// two is taken. Nothing is expanded: a '$' in a password stays one. Values appear in no message.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace teal::cli {

using Environment = std::vector<std::pair<std::string, std::string>>;

// In the order of the file, each name once. Throws Error (wrong input) naming file and line.
Environment parse_dotenv(const std::filesystem::path& file, const std::string& text);

}  // namespace teal::cli
