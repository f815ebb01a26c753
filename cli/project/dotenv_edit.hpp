// Changing variables in the text of an `.env`: comments, order, `export`, the kind of quotes, line
// endings and all other lines stay as they are.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace teal::cli {

struct DotenvChange {
    std::string name;
    std::optional<std::string> value{};  // nothing: taken out
};

enum class DotenvEffect { added, changed, unchanged, removed, absent };
const char* name_of(DotenvEffect effect);  // "added" … "not set"

struct DotenvEdit {
    std::string text;
    std::vector<DotenvEffect> effects{};  // of each change
};

// Of a name that is there twice the last one counts, and is changed; taken out are both. The new
// text is read again before it is returned. Throws Error (wrong input) when `text` cannot be read,
// or a value cannot be written.
DotenvEdit edit_dotenv(const std::filesystem::path& file, const std::string& text,
                       const std::vector<DotenvChange>& changes);

// The value as it has to be written so that docker compose and a Procfile's processes read the same
// one back: as it is, in 'single' or in "double" quotes. `quote`: the kind to keep where it can,
// '\0' for none.
std::string written_value(const std::string& value, char quote = '\0');

}  // namespace teal::cli
