// Where a Procfile's stack keeps what it must find again, below the deployment directory:
//
//   processes/green/wanted.json    the plan that was last brought up
//   processes/green/web.1.json     ProcessRecord
//   processes/green/web.1.lock     held by its supervisor
//   logs/green/web.1.log           and web.1.log.1
//
// A group is "blue", "green" or "shared".
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace teal::cli {

inline constexpr char kSharedGroup[] = "shared";

struct StackPaths {
    std::filesystem::path deployments;

    std::filesystem::path processes(const std::string& group) const {
        return deployments / "processes" / group;
    }
    std::filesystem::path logs(const std::string& group) const {
        return deployments / "logs" / group;
    }
    std::filesystem::path wanted(const std::string& group) const {
        return processes(group) / "wanted.json";
    }
    // The value of kPlaceVariable; with ".json" the record, with ".lock" the lock.
    std::string place(const std::string& group, const std::string& instance) const {
        return (processes(group) / instance).string();
    }
    std::filesystem::path log(const std::string& group, const std::string& instance) const {
        return logs(group) / (instance + ".log");
    }
};

}  // namespace teal::cli
