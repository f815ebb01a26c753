// What a registry has under an image's name now, asked with docker's own command: so the user's
// credentials, mirrors and proxies are used as in a pull. It is `docker manifest inspect`, which
// every docker has, not the buildx plugin, and not the registry's API, where all of that would have
// to be done again.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace teal::cli {

struct RegistryAnswer {
    std::string problem{};  // why there is none; then the rest is empty
    std::string digest{};   // to show: of the manifest, or of the first in a list of platforms
    // Everything by which docker may name that version here: manifests and configurations, for each
    // platform. An engine's id of an image is the digest of its configuration, or of a manifest.
    std::vector<std::string> names{};
    bool is_list = false;  // for several platforms; the list's own digest is not among the names

    bool has(const std::string& digest) const;
};

// How docker talks to which registry.
class Registries {
public:
    explicit Registries(std::chrono::milliseconds patience) : patience_(patience) {}

    RegistryAnswer ask(const std::string& image) const;
    // The digest of a list of platforms, which manifest inspect does not tell; empty without the
    // buildx plugin.
    std::string list_digest(const std::string& image) const;

private:
    std::chrono::milliseconds patience_;
};

// Of `docker manifest inspect --verbose`.
RegistryAnswer parse_manifests(const std::string& text);
// "registry.example:5000" of "registry.example:5000/shop/web:1"; "docker.io" when none is written.
std::string registry_host(const std::string& image);
// Whether docker's engine takes this registry without TLS. `config`: RegistryConfig of docker info.
bool is_insecure(const std::string& host, const std::string& config);

}  // namespace teal::cli
