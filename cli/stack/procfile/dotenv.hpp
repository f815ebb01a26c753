// `.env`: NAME=VALUE lines for the environment of processes. The usual rules: `export ` in front is
// allowed; 'single quotes' keep everything as it is; "double quotes" know \n \r \t \" \\ \$ and may
// span lines; without quotes the value is trimmed and ends at " #"; the last of two is taken.
// Nothing is expanded: a '$' in a password stays one. Values appear in no message.
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
