#include "cli/rolling/criticality.hpp"

#include <algorithm>
#include <cctype>
#include <optional>
#include <string_view>

namespace teal::cli {
namespace {

struct KnownWord {
    std::string_view word;
    bool critical;
};

// Parts of an image's repository, or of a service's name.
constexpr KnownWord kKnownWords[] = {
    {"postgres", true},   {"postgresql", true}, {"postgis", true},  {"timescaledb", true},
    {"pgvector", true},   {"mysql", true},      {"mariadb", true},  {"mongo", true},
    {"mongodb", true},    {"hasura", true},     {"graphql", true},  {"auth", true},
    {"keycloak", true},   {"gotrue", true},     {"redis", false},   {"valkey", false},
    {"memcached", false}, {"minio", false},     {"storage", false}, {"functions", false},
    {"mailhog", false},   {"mailpit", false},   {"worker", false},
};

// "registry:5000/hasura/graphql-engine:v2" is "hasura/graphql-engine".
std::string image_repository(std::string image) {
    image.erase(std::min(image.find('@'), image.size()));
    if (const std::size_t colon = image.rfind(':');
        colon != std::string::npos && image.find('/', colon) == std::string::npos) {
        image.erase(colon);
    }
    if (const std::size_t slash = image.find('/'); slash != std::string::npos) {
        const std::string host = image.substr(0, slash);
        if (host.find_first_of(".:") != std::string::npos || host == "localhost") {
            image.erase(0, slash + 1);
        }
    }
    return image;
}

std::optional<KnownWord> known_word_in(const std::string& text) {
    for (std::size_t at = 0; at < text.size();) {
        std::size_t end = at;
        while (end < text.size() && std::isalnum(static_cast<unsigned char>(text[end])) != 0) {
            ++end;
        }
        std::string word = text.substr(at, end - at);
        std::transform(word.begin(), word.end(), word.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        for (const KnownWord& known : kKnownWords) {
            if (known.word == word) {
                return known;
            }
        }
        at = end + 1;
    }
    return std::nullopt;
}

}  // namespace

Criticality criticality_of(const Service& service) {
    if (service.said_critical) {
        return {*service.said_critical,
                *service.said_critical ? "said to be critical" : "said not to be critical"};
    }
    if (service.entry) {
        return {true, "entry of split " + service.entry->split};
    }
    if (service.database.value_or(false)) {
        return {true, "said to be a database"};
    }
    // An image that is built here has the project's own name.
    if (!service.built && !service.image.empty()) {
        if (const auto known = known_word_in(image_repository(service.image))) {
            return {known->critical, "image " + std::string(known->word)};
        }
    }
    if (const auto known = known_word_in(service.name)) {
        return {known->critical, "name " + std::string(known->word)};
    }
    return {false, "nothing says that it is critical"};
}

}  // namespace teal::cli
