// Where nginx leads to an entry: what the label or teal.toml says, else what worked before, else
// what nginx listens on. Found by trying, since nginx.conf is nobody's to parse.
#pragma once

#include "cli/health/url.hpp"
#include "cli/project/settings.hpp"
#include "cli/snapshot/metadata.hpp"
#include "cli/traffic/nginx_view.hpp"

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace teal::cli {

class EntryUrls {
public:
    // The URLs that worked are kept in a file of the deployment directory.
    EntryUrls(const Settings& settings, const NginxView& nginx);

    // Those that worked first. Empty when nobody said it and nginx's sockets cannot be seen.
    std::vector<std::string> candidates(const SnapshotEntry& entry) const;
    // It is known to lead to the split, because it did, or because the user says so.
    bool is_known(const SnapshotEntry& entry, const std::string& url) const;
    // Never throws: it only costs a search next time.
    void remember(const std::string& split, const std::string& url);

private:
    const Settings& settings_;
    const NginxView& nginx_;
    std::filesystem::path file_;
    std::vector<std::pair<std::string, std::string>> remembered_;  // split, URL
};

// What a healthy entry answers when it is asked through nginx.
ProbeSpec through_nginx(const SnapshotEntry& entry, const Url& url);

}  // namespace teal::cli
