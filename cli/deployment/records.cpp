#include "cli/deployment/records.hpp"

#include "cli/error.hpp"
#include "cli/files/durable_file.hpp"
#include "cli/output/quantities.hpp"

#include <fmt/format.h>
#include <sys/file.h>
#include <algorithm>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kOperation[] = "operation.json";
constexpr char kActive[] = "active";
constexpr char kLock[] = "lock";

std::string operation_text(const Operation& operation) {
    return Json{{"name", operation.name},
                {"phase", operation.phase},
                {"target", name_of(operation.target)},
                {"snapshot", operation.snapshot},
                {"from", operation.from ? name_of(*operation.from) : ""},
                {"started_unix_ns", operation.started_unix_ns},
                {"pid", operation.pid},
                {"user", operation.user}}
               .dump(1) +
           "\n";
}

std::string what_to_do(const Settled& settled) {
    const Operation& operation = settled.operation;
    if (settled.had_switched) {
        return fmt::format("{} serves; the deployment is recorded as done",
                           name_of(operation.target));
    }
    if (operation.name == "rolling") {
        return fmt::format("{} serves; to carry on: teal upgrade rolling --continue",
                           name_of(operation.target));
    }
    if (operation.phase == kRampPhaseName) {
        return "what became of its canary: teal canary status";
    }
    const std::string serving = operation.from
                                    ? std::string(name_of(*operation.from)) + " still serves"
                                    : std::string("nothing serves yet");
    if (operation.name == "cleanup") {
        return fmt::format("{} is not cleaned up completely: teal upgrade cleanup {}",
                           name_of(operation.target), name_of(operation.target));
    }
    return serving + fmt::format("; to carry on: teal upgrade {}",
                                 operation.name == "switch"
                                     ? std::string("switch ") + name_of(operation.target)
                                     : operation.name);
}

}  // namespace

std::optional<Operation> Records::operation() const {
    const std::optional<std::string> text = read_if_exists(directory_ / kOperation);
    if (!text) {
        return std::nullopt;
    }
    try {
        const Json json = Json::parse(*text);
        Operation operation;
        operation.name = json.at("name");
        operation.phase = json.at("phase");
        operation.target = parse_color(json.at("target"));
        operation.snapshot = json.at("snapshot");
        operation.from = color_named(json.at("from").get<std::string>());
        operation.started_unix_ns = json.at("started_unix_ns");
        operation.pid = json.at("pid");
        operation.user = json.at("user");
        return operation;
    } catch (const std::exception& error) {
        throw failure((directory_ / kOperation).string() + " is damaged: " + error.what(),
                      "remove it: the table says which color serves (teal traffic show)");
    }
}

void Records::write_operation(const Operation& operation) const {
    make_directory(directory_);
    write_durably(directory_ / kOperation, operation_text(operation));
}

void Records::clear_operation() const {
    remove_tree(directory_ / kOperation);
}

std::optional<Color> Records::active_file() const {
    std::string text = read_if_exists(directory_ / kActive).value_or("");
    text.erase(std::min(text.find_first_of(" \t\r\n"), text.size()));
    return color_named(text);
}

void Records::write_active(Color color) const {
    if (active_file() != color) {
        make_directory(directory_);
        write_atomically(directory_ / kActive, std::string(name_of(color)) + "\n");
    }
}

void Records::clear_active() const {
    remove_tree(directory_ / kActive);
}

table::WriterLock lock_deployments(const Records& records, const std::string& holder) {
    make_directory(records.directory());
    table::WriterLock lock;
    const std::string problem =
        lock.acquire((records.directory() / kLock).string(), std::chrono::milliseconds(0), holder);
    if (!problem.empty()) {
        throw failure("another deployment is under way: " + problem,
                      "wait for it (teal upgrade status), or end that process");
    }
    return lock;
}

std::string deployment_lock_holder(const Records& records) {
    const std::string file = (records.directory() / kLock).string();
    const std::string holder = table::lock_holder(file);
    return holder.empty() ? "" : file + ": held by " + holder;
}

void record_serving(const Records& records, const std::string& snapshot_id, Color color,
                    std::uint64_t unix_ns) {
    if (!snapshot_id.empty()) {
        SnapshotMetadata metadata = records.snapshots.load(snapshot_id);
        if (metadata.deployed_unix_ns == 0) {
            metadata.deployed_unix_ns = unix_ns;
        }
        metadata.served_unix_ns = unix_ns;
        records.snapshots.update(metadata);
    }
    records.write_active(color);
}

std::optional<Settled> look_at_interrupted(const Records& records,
                                           const std::optional<Color>& active) {
    const std::optional<Operation> operation = records.operation();
    if (!operation) {
        return std::nullopt;
    }
    Settled settled{*operation, false, ""};
    settled.had_switched = operation->name != "cleanup" && operation->phase != kRampPhaseName &&
                           active == operation->target && operation->from != operation->target;
    settled.text =
        fmt::format("teal upgrade {} of {} by {} was interrupted in phase {}: {}", operation->name,
                    operation->snapshot.empty() ? name_of(operation->target) : operation->snapshot,
                    operation->user, operation->phase, what_to_do(settled));
    return settled;
}

std::optional<Settled> settle_interrupted(const Records& records,
                                          const std::optional<Color>& active) {
    std::optional<Settled> settled = look_at_interrupted(records, active);
    records.snapshots.remove_leftovers();
    if (!settled) {
        return std::nullopt;
    }
    const Operation& operation = settled->operation;
    const std::uint64_t now = now_unix_ns();
    const bool has_snapshot =
        !operation.snapshot.empty() &&
        std::filesystem::exists(records.snapshots.ref(operation.snapshot).directory);
    if (settled->had_switched) {
        record_serving(records, has_snapshot ? operation.snapshot : "", operation.target, now);
    }
    HistoryEntry entry;
    entry.time_unix_ns = now;
    entry.operation = operation.name;
    entry.outcome = settled->had_switched ? "switched" : "interrupted";
    entry.from = operation.from ? name_of(*operation.from) : "";
    entry.to = name_of(operation.target);
    entry.snapshot = operation.snapshot;
    entry.phase = operation.phase;
    entry.reason = "interrupted; recorded by the next command";
    records.history.add(std::move(entry));
    records.clear_operation();
    return settled;
}

std::vector<std::string> recorded_splits(const std::vector<SnapshotMetadata>& snapshots,
                                         const table::TableImage& image) {
    for (auto at = snapshots.rbegin(); at != snapshots.rend(); ++at) {
        std::vector<std::string> splits = at->splits();
        std::erase_if(splits, [&](const std::string& name) {
            const table::SplitImage* split = image.find(name);
            return split == nullptr || split->find("blue") == nullptr ||
                   split->find("green") == nullptr;
        });
        if (!splits.empty()) {
            return splits;
        }
    }
    return splits_with_colors(image);
}

}  // namespace teal::cli
