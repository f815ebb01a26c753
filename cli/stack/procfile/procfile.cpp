#include "cli/stack/procfile/procfile.hpp"

#include "cli/error.hpp"

#include <algorithm>
#include <string_view>

namespace teal::cli {
namespace {

constexpr std::size_t kLongestName = 63;
constexpr char kBlank[] = " \t\r\v\f";
constexpr char kNameCharacters[] =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
constexpr char kExample[] = "a process is written NAME: COMMAND, as in web: ./server --port $PORT";

std::string_view trimmed(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(kBlank);
    if (begin == std::string_view::npos) {
        return {};
    }
    return text.substr(begin, text.find_last_not_of(kBlank) + 1 - begin);
}

class Lines {
public:
    Lines(const std::filesystem::path& file, std::string_view text) : file_(file), rest_(text) {
        if (rest_.starts_with("\xEF\xBB\xBF")) {
            rest_.remove_prefix(3);
        }
    }

    bool next(std::string_view& line) {
        if (rest_.empty()) {
            return false;
        }
        const std::size_t end = std::min(rest_.find('\n'), rest_.size());
        line = trimmed(rest_.substr(0, end));
        rest_.remove_prefix(std::min(end + 1, rest_.size()));
        ++number_;
        return true;
    }
    unsigned number() const { return number_; }

    [[noreturn]] void refuse(const std::string& what, const std::string& next_step) const {
        throw wrong_input(file_.string() + ":" + std::to_string(number_) + ": " + what, next_step);
    }

private:
    const std::filesystem::path& file_;
    std::string_view rest_;
    unsigned number_ = 0;
};

ProcfileEntry entry_in(std::string_view line, const Lines& lines) {
    const std::size_t colon = line.find(':');
    const std::string name(line.substr(0, std::min(colon, line.size())));
    if (colon == std::string_view::npos || name.empty() || name.size() > kLongestName ||
        name.find_first_not_of(kNameCharacters) != std::string::npos) {
        lines.refuse("this is no process: \"" + std::string(line.substr(0, 60)) + "\"", kExample);
    }
    const std::string command(trimmed(line.substr(colon + 1)));
    if (command.empty()) {
        lines.refuse(name + " has no command", kExample);
    }
    if (command.find('\0') != std::string::npos) {
        lines.refuse(name + "'s command has a NUL character in it", "remove it");
    }
    return {name, command, lines.number()};
}

}  // namespace

std::vector<ProcfileEntry> parse_procfile(const std::filesystem::path& file,
                                          const std::string& text) {
    std::vector<ProcfileEntry> entries;
    Lines lines(file, text);
    std::string_view line;
    while (lines.next(line)) {
        if (line.empty() || line.front() == '#') {
            continue;
        }
        ProcfileEntry entry = entry_in(line, lines);
        for (const ProcfileEntry& other : entries) {
            if (other.name == entry.name) {
                lines.refuse(
                    entry.name + " is there already, in line " + std::to_string(other.line),
                    "give each process a name of its own; to run it several times, set "
                    "replicas in teal.toml");
            }
        }
        entries.push_back(std::move(entry));
    }
    if (entries.empty()) {
        throw wrong_input(file.string() + ": has no process in it", kExample);
    }
    return entries;
}

}  // namespace teal::cli
