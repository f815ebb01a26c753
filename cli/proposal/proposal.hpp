// What `teal init` proposes for a project that does not say yet how it is deployed: which services
// take nginx's requests, which exist once for both colors, and the words that say so.
#pragma once

#include "cli/project/settings.hpp"
#include "cli/stack/definition.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace teal::cli {

struct ServiceProposal {
    std::string name{};
    bool shared = false;
    bool entry = false;
    std::string reason{};    // why shared or an entry: "volume pgdata", "publishes port 8080"
    std::uint32_t port = 0;  // of an entry in its container; 0: a process, or not known
    std::string split{};     // of an entry
    std::string health{};    // of an entry, parse_probe()'s words
    // What is missing: labels of a compose service ("teal.entry", "3000"), or keys of teal.toml.
    // Values as they have to be written there, quoted where needed.
    std::vector<std::pair<std::string, std::string>> additions{};
};

struct ProjectProposal {
    StackKind kind = StackKind::compose;
    std::string project{};
    std::vector<std::string> files{};
    std::vector<ServiceProposal> services{};
    std::vector<std::string> remarks{};  // what a user has to decide

    std::vector<std::string> splits() const;  // of the entries
    bool is_complete() const;                 // nothing is missing
};

// Reads the project with `docker compose config`, or the Procfile. Throws Error (wrong input) for
// files that cannot be read, and when there is no project.
ProjectProposal propose(const Settings& settings);

// The parts. `project` as resolved by compose.
ProjectProposal propose_compose(const nlohmann::json& project, const Settings& settings);
ProjectProposal propose_procfile(const std::filesystem::path& procfile, const std::string& text,
                                 const Settings& settings);
// A teal.toml that says it, for a Procfile project that has none.
std::string toml_text(const ProjectProposal& proposal, const Settings& settings);

// The name of a split for a service: "web-app" becomes "web_app".
std::string split_name_for(const std::string& service);
// "web" of "web-app": what a name, or its first word, says.
std::string first_word(const std::string& name);
// Whether it is the name of a program that keeps data: "postgres", "bitnami/redis:7", "db".
bool is_store(const std::string& image_or_name);

}  // namespace teal::cli
