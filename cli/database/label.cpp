#include "cli/database/label.hpp"

#include "cli/error.hpp"

#include <algorithm>
#include <ctime>

namespace teal::cli::database {
namespace {

constexpr std::size_t kLongestLabel = 100;
constexpr std::size_t kIdentifierBytes = 63;  // NAMEDATALEN - 1

bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// "20261124" and "101530".
std::string stamp(std::uint64_t unix_ns, char between) {
    const auto seconds = static_cast<std::time_t>(unix_ns / 1'000'000'000u);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    char text[32];
    const std::size_t size = std::strftime(text, sizeof(text), "%Y%m%d %H%M%S", &parts);
    std::string stamp(text, size);
    std::replace(stamp.begin(), stamp.end(), ' ', between);
    return stamp;
}

}  // namespace

void demand_label(const std::string& label) {
    constexpr char kNext[] =
        "use letters, digits, '.', '_', '-' and '+', with a letter or digit first, as in "
        "pre-upgrade-v2.0";
    if (label.empty() || label.size() > kLongestLabel) {
        throw wrong_input("label \"" + label + "\" has " + std::to_string(label.size()) +
                              " characters; 1 to 100 are accepted",
                          kNext);
    }
    for (const char c : label) {
        if (!is_letter_or_digit(c) && c != '.' && c != '_' && c != '-' && c != '+') {
            throw wrong_input("label \"" + label + "\" has a '" + c + "' in it", kNext);
        }
    }
    if (!is_letter_or_digit(label.front())) {
        throw wrong_input("label \"" + label + "\" begins with '" + label.front() + "'", kNext);
    }
}

std::string backup_id(const std::string& label, std::uint64_t unix_ns) {
    return label + "-" + stamp(unix_ns, '-');
}

std::string time_mark(std::uint64_t unix_ns) {
    return stamp(unix_ns, '_');
}

std::string database_name_with(const std::string& name, const std::string& ending) {
    std::size_t keep = std::min(name.size(), kIdentifierBytes - ending.size());
    while (keep < name.size() && keep > 0 &&
           (static_cast<unsigned char>(name[keep]) & 0xc0u) == 0x80u) {
        --keep;
    }
    return name.substr(0, keep) + ending;
}

}  // namespace teal::cli::database
