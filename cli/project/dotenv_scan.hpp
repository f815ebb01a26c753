// The text of an `.env`, taken apart: each NAME=VALUE with what it says and where it stands, so
// that one can be read (stack/procfile/dotenv.hpp) or replaced without touching anything else
// (dotenv_edit.hpp). The rules, which are docker compose's as far as both can be met: `export ` in
// front is allowed; 'single quotes' keep everything as it is; "double quotes" know
// \n \r \t \" \\ \$ and may span lines; without quotes the value is trimmed and ends at " #".
// Nothing is expanded.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace teal::cli {

// Positions are bytes of the text.
struct DotenvAssignment {
    std::string name;
    std::string value;
    std::size_t begin = 0;        // of its line
    std::size_t value_begin = 0;  // of the value as written, with its quotes
    std::size_t value_end = 0;
    std::size_t end = 0;  // behind the newline of its last line, or the text's end
    char quote = '\0';    // ' or ", or none
};

// What to do with a line that is neither a variable nor a comment.
enum class OtherLines {
    refuse,
    skip,  // docker compose takes some (NAME alone, NAME: value); they are not ours to judge
};

// In the order of the file; a name may be there twice. Throws Error (wrong input) naming file and
// line, never showing a value: it may be a secret.
std::vector<DotenvAssignment> scan_dotenv(const std::filesystem::path& file,
                                          const std::string& text, OtherLines other_lines);

// Each name once, where it is first, with the value it has last. Throws as above.
std::vector<std::pair<std::string, std::string>> dotenv_values(const std::filesystem::path& file,
                                                               const std::string& text,
                                                               OtherLines other_lines);

// Letters, digits, '_', '.' and '-', not beginning with a digit: what the scan takes as a name.
bool is_dotenv_name(const std::string& name);

}  // namespace teal::cli
