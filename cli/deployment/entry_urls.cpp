#include "cli/deployment/entry_urls.hpp"

#include "cli/error.hpp"
#include "cli/files/durable_file.hpp"
#include "cli/traffic/nginx_listeners.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

constexpr char kRememberedName[] = "smoke.json";

}  // namespace

EntryUrls::EntryUrls(const Settings& settings, const NginxView& nginx)
    : settings_(settings), nginx_(nginx), file_(settings.deployment_directory / kRememberedName) {
    try {
        const auto json = nlohmann::json::parse(read_if_exists(file_).value_or("{}"));
        for (const auto& [split, url] : json.items()) {
            remembered_.emplace_back(split, url.get<std::string>());
        }
    } catch (const std::exception&) {
        remembered_.clear();  // found again by trying
    }
}

std::vector<std::string> EntryUrls::candidates(const SnapshotEntry& entry) const {
    const std::string& smoke = entry.entry.smoke;
    if (parse_url(smoke)) {
        return {smoke};
    }
    const std::string path = !smoke.empty() ? smoke
                             : entry.entry.probe.scheme == ProbeScheme::tcp
                                 ? "/"
                                 : entry.entry.probe.path;
    std::vector<std::string> bases;
    if (!settings_.nginx_url.empty()) {
        bases.push_back(settings_.nginx_url);
    } else {
        bases = listening_urls(nginx_);
    }
    std::vector<std::string> urls;
    for (std::string base : bases) {
        base.erase(base.find_last_not_of('/') + 1);
        urls.push_back(base + path);
    }
    for (const auto& [split, url] : remembered_) {
        if (split == entry.entry.split && bases.empty()) {
            urls.push_back(url);  // nginx in a container: its sockets are not seen from here
            break;
        }
        const auto found = std::find(urls.begin(), urls.end(), url);
        if (split == entry.entry.split && found != urls.end()) {
            std::rotate(urls.begin(), found, found + 1);
        }
    }
    return urls;
}

bool EntryUrls::is_known(const SnapshotEntry& entry, const std::string& url) const {
    return url == entry.entry.smoke ||
           std::find(remembered_.begin(), remembered_.end(), std::pair(entry.entry.split, url)) !=
               remembered_.end();
}

void EntryUrls::remember(const std::string& split, const std::string& url) {
    for (auto& [known, kept] : remembered_) {
        if (known == split && kept == url) {
            return;
        }
    }
    std::erase_if(remembered_, [&](const auto& pair) { return pair.first == split; });
    remembered_.emplace_back(split, url);
    nlohmann::ordered_json json = nlohmann::ordered_json::object();
    for (const auto& [known, kept] : remembered_) {
        json[known] = kept;
    }
    try {
        write_atomically(file_, json.dump(1) + "\n");
    } catch (const Error&) {
        return;  // only costs a search next time
    }
}

ProbeSpec through_nginx(const SnapshotEntry& entry, const Url& url) {
    ProbeSpec spec = entry.entry.probe;
    if (spec.scheme == ProbeScheme::tcp) {
        spec.highest_status = 499;  // it promises a connection, not a page
    }
    spec.scheme = url.tls ? ProbeScheme::https : ProbeScheme::http;
    spec.path = url.path;
    spec.verify_certificate = false;
    if (spec.host.empty()) {
        spec.host = url.host;
    }
    return spec;
}

}  // namespace teal::cli
