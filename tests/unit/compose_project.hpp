// A resolved project as docker compose 2.26 prints it (`docker compose config --format json`), for
// tests that change a thing or two in it.
#pragma once

#include "cli/project/settings.hpp"

#include <nlohmann/json.hpp>

namespace teal::tests {

// web (entry, two networks, fixed address, ports), worker, db (named volume), cache (by label).
inline nlohmann::json shop() {
    return nlohmann::json::parse(R"json({
      "name": "shop",
      "x-teal": {"migrations": "db/migrations"},
      "services": {
        "web": {
          "build": {"context": "/srv/shop", "dockerfile": "Dockerfile"},
          "command": null, "entrypoint": null,
          "container_name": "shop_web",
          "depends_on": {"db": {"condition": "service_healthy", "required": true},
                         "worker": {"condition": "service_started", "required": true}},
          "environment": {"PASSWORD": "pa$$word"},
          "labels": {"teal.entry": "3000", "teal.split": "app", "teal.health": "/healthz 200",
                     "teal.host": "shop.example", "team": "a"},
          "networks": {"back": {"ipv4_address": "172.29.1.9", "aliases": ["www"]},
                       "default": {"ipv4_address": "172.29.2.9"}},
          "ports": [{"mode": "ingress", "target": 3000, "published": "8080", "protocol": "tcp"},
                    {"mode": "ingress", "host_ip": "127.0.0.1", "target": 9000,
                     "published": "9000", "protocol": "udp"}],
          "secrets": [{"source": "key"}],
          "scale": 2
        },
        "worker": {
          "profiles": ["full"], "image": "shop-worker:1", "networks": {"default": null},
          "deploy": {"replicas": 3},
          "volumes": [{"type": "bind", "source": "/srv/shop/data", "target": "/data"},
                      {"type": "volume", "target": "/anonymous"}]
        },
        "db": {
          "image": "postgres:15", "container_name": "shop_db",
          "labels": {"backup": "yes"},
          "networks": {"back": {"aliases": ["database"]}, "shared_only": null},
          "ports": [{"mode": "ingress", "target": 5432, "published": "5432", "protocol": "tcp"}],
          "volumes": [{"type": "volume", "source": "pgdata", "target": "/data", "volume": {}}]
        },
        "cache": {"image": "redis:7", "labels": {"teal.shared": "true"},
                  "networks": {"default": null},
                  "depends_on": {"worker": {"condition": "service_started", "required": true}}}
      },
      "networks": {
        "default": {"name": "shop_default", "ipam": {}},
        "back": {"name": "shop_back",
                 "ipam": {"driver": "default", "config": [{"subnet": "172.29.1.0/24"}]}},
        "shared_only": {"name": "shop_shared_only", "ipam": {}}
      },
      "volumes": {"pgdata": {"name": "shop_pgdata"}},
      "secrets": {"key": {"name": "shop_key", "file": "/srv/shop/key"},
                  "unused": {"name": "shop_unused", "file": "/srv/shop/unused"}}
    })json");
}

inline cli::Settings shop_settings() {
    cli::Settings settings;
    settings.directory = "/srv/shop";
    settings.deployment_directory = "/srv/shop/.teal/deployments";
    return settings;
}

}  // namespace teal::tests
