// The same two backends behind nginx in each of the ways that are compared. Nothing but the way a
// request finds its upstream differs; keepalive stands on both sides everywhere.
#pragma once

#include "shared/table/writing/address.hpp"
#include "shared/table/writing/publisher.hpp"
#include "tests/harness/backend.hpp"
#include "tests/harness/endpoint.hpp"
#include "tests/harness/workspace.hpp"

#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace teal::bench {

struct Addresses {
    std::string blue;
    std::string green;
};

inline std::string server_block(std::uint16_t port, const std::string& pass,
                                const std::string& extra = {}) {
    return "server {\n"
           "  listen 127.0.0.1:" +
           std::to_string(port) +
           " backlog=4096;\n"
           "  keepalive_requests 1000000000;\n"
           "  keepalive_timeout 600s;\n"
           "  proxy_http_version 1.1;\n"
           "  proxy_set_header Connection '';\n"
           "  location / { proxy_pass http://" +
           pass + "; }\n" + extra + "}\n";
}

inline std::string upstream_block(const std::string& name, const std::string& body,
                                  unsigned keepalive) {
    return "upstream " + name + " { " + body + " keepalive " + std::to_string(keepalive) +
           "; keepalive_requests 1000000000; }\n";
}

// proxy_pass to one upstream with one server.
inline std::string plain_site(const Addresses& to, std::uint16_t port, unsigned keepalive) {
    return upstream_block("app", "server " + to.blue + ";", keepalive) + server_block(port, "app");
}

// nginx's own split with weights on servers: no key, so a visitor has no variant.
inline std::string weighted_site(const Addresses& to, std::uint16_t port, unsigned keepalive) {
    return upstream_block("app",
                          "server " + to.blue + " weight=9; server " + to.green + " weight=1;",
                          keepalive) +
           server_block(port, "app");
}

inline std::string split_clients_site(const Addresses& to, std::uint16_t port, unsigned keepalive,
                                      unsigned green_percent) {
    const std::string green = green_percent == 0 ? "" : std::to_string(green_percent) + "% green; ";
    const std::string cut = green_percent == 100 ? "* green;" : green + "* blue;";
    return upstream_block("blue", "server " + to.blue + ";", keepalive) +
           upstream_block("green", "server " + to.green + ";", keepalive) +
           "split_clients $cookie_session $variant { " + cut + " }\n" +
           server_block(port, "$variant");
}

// Without upstream{} blocks, as it is often written; nginx then keeps no connection to a backend.
inline std::string split_addresses_site(const Addresses& to, std::uint16_t port,
                                        unsigned green_percent) {
    return "split_clients $cookie_session $variant { " + std::to_string(green_percent) + "% " +
           to.green + "; * " + to.blue + "; }\n" + server_block(port, "$variant");
}

// Both variants have their endpoints in the table.
inline std::string teal_site(const std::string& table, std::uint16_t port, unsigned keepalive,
                             const std::string& extra = {}) {
    return "teal_table " + table +
           ";\n"
           "teal_split app { variant blue; variant green; default blue;\n"
           "  key $cookie_session $remote_addr$http_user_agent; }\n" +
           upstream_block("app", "teal app;", keepalive) + server_block(port, "app", extra);
}

inline table::VariantImage variant_image(std::string name, std::uint32_t weight_ppm,
                                         const std::string& address) {
    table::VariantImage made{std::move(name), weight_ppm, table::VariantState::open, {}};
    std::string error;
    auto endpoint = table::parse_endpoint(address, error);
    if (!endpoint) {
        throw std::invalid_argument(address + ": " + error);
    }
    made.endpoints.push_back(*endpoint);
    return made;
}

// A table of its own, on tmpfs unless told otherwise, readable for nginx's workers, with the split
// `app`.
class BenchTable {
public:
    explicit BenchTable(std::uint32_t capacity = 256, const std::string& below = "/dev/shm") {
        std::string made = below + "/teal-bench-XXXXXX";
        if (::mkdtemp(made.data()) == nullptr) {
            throw std::runtime_error("cannot make a directory in " + below);
        }
        directory_ = made;
        std::filesystem::permissions(directory_, std::filesystem::perms{0755});
        table::create_table(path(), capacity);
    }
    ~BenchTable() {
        std::error_code ignored;
        std::filesystem::remove_all(directory_, ignored);
    }
    BenchTable(const BenchTable&) = delete;
    BenchTable& operator=(const BenchTable&) = delete;

    std::string path() const { return directory_ / "table"; }

    // Publishes `app` alone, green at this weight, watched as `guard` says (not at all by default).
    table::Publication publish_app(const Addresses& to, std::uint32_t green_ppm,
                                   const table::GuardSettings& guard = {}) {
        if (image_.splits.empty()) {
            table::SplitImage split;
            split.name = "app";
            split.salt = 0x7ea15a17;
            split.variants.push_back(variant_image("blue", table::kTotalPpm, to.blue));
            split.variants.push_back(variant_image("green", 0, to.green));
            image_.splits.push_back(split);
        }
        image_.splits[0].variants[0].weight_ppm = table::kTotalPpm - green_ppm;
        image_.splits[0].variants[1].weight_ppm = green_ppm;
        image_.splits[0].guard = guard;
        image_.splits[0].apply_weights();
        return publish(image_);
    }

    table::Publication publish(table::TableImage& image) {
        return table::publish(path(), path() + ".saved", image);
    }

private:
    std::filesystem::path directory_;
    table::TableImage image_;
};

// `app` and s1, s2, …: so many splits, in one publication.
inline void publish_many(BenchTable& table, const Addresses& to, unsigned splits) {
    table::TableImage image;
    for (unsigned i = 0; i < splits; ++i) {
        table::SplitImage split;
        split.name = i == 0 ? "app" : "s" + std::to_string(i);
        split.salt = i;
        split.variants.push_back(variant_image("blue", 900'000, to.blue));
        split.variants.push_back(variant_image("green", 100'000, to.green));
        split.apply_weights();
        image.splits.push_back(std::move(split));
    }
    table.publish(image);
}

}  // namespace teal::bench
