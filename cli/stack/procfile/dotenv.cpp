#include "cli/stack/procfile/dotenv.hpp"

#include "cli/project/dotenv_scan.hpp"

namespace teal::cli {

Environment parse_dotenv(const std::filesystem::path& file, const std::string& text) {
    return dotenv_values(file, text, OtherLines::refuse);
}

}  // namespace teal::cli
