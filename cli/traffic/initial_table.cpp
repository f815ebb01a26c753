#include "cli/traffic/initial_table.hpp"

#include "cli/error.hpp"
#include "cli/traffic/sticky_secret.hpp"
#include "cli/traffic/table_session.hpp"
#include "shared/table/reader.hpp"

#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace teal::cli {
namespace {

constexpr auto kTablePatience = std::chrono::seconds(10);

// nginx's workers, of whatever user, must reach the table; whatever the umask was.
void make_directory_of(const std::string& file) {
    const std::filesystem::path directory = std::filesystem::path(file).parent_path();
    if (directory.empty()) {
        return;
    }
    std::error_code error;
    const bool made = std::filesystem::create_directories(directory, error);
    if (error || (made && chmod(directory.c_str(), 0755) != 0)) {
        throw failure("directory " + directory.string() + ": " +
                          (error ? error.message() : std::strerror(errno)),
                      "run as a user who may make it, or name another with --table");
    }
}

// Capacity of the table at `path`; nothing when there is no such file.
std::optional<std::uint32_t> capacity_of(const std::string& path) {
    table::Reader reader;
    int error = 0;
    std::uint32_t version = 0;
    const table::Health health = reader.open(path.c_str(), &error, &version);
    if (health == table::Health::missing && error == ENOENT) {
        return std::nullopt;
    }
    if (health != table::Health::ok) {
        throw_unreadable(path, health, error, version);
    }
    return reader.split_capacity();
}

void check_capacity(const InitPlan& plan, std::uint32_t present) {
    if (plan.capacity && *plan.capacity != present) {
        throw wrong_input("--capacity " + std::to_string(*plan.capacity) + ": the table " +
                              plan.paths.table + " exists with room for " +
                              std::to_string(present) + " splits",
                          "leave --capacity out; a table in use keeps its size, another size needs "
                          "another --table");
    }
}

// The table, one way or another. Nothing is made before the capacity has been checked.
void provide_table(const InitPlan& plan, InitOutcome& outcome) {
    std::optional<std::uint32_t> present = capacity_of(plan.paths.table);
    const bool missing = !present;
    if (missing) {
        present = capacity_of(plan.paths.saved);
        outcome.table_restored = present.has_value();
        outcome.table_created = !present;
    }
    outcome.capacity = present.value_or(plan.capacity.value_or(table::kDefaultSplitCapacity));
    check_capacity(plan, outcome.capacity);
    if (!missing || plan.dry_run) {
        return;
    }
    if (outcome.table_restored) {
        restore_if_missing(plan.paths);
        return;
    }
    try {
        table::create_table(plan.paths.table, outcome.capacity);
    } catch (const table::PublishError& error) {
        throw failure(std::string("the table could not be made: ") + error.what(),
                      "free space, or run as a user who may write there");
    }
}

bool same_variants(const table::SplitImage& split, const InitialSplit& wanted) {
    for (const std::string& name : wanted.variants) {
        if (split.find(name) == nullptr) {
            return false;
        }
    }
    return true;
}

// Adds the split, 100 % on its first variant, or the variants it lacks, with weight 0.
SplitOutcome add_split(table::TableImage& image, const InitialSplit& wanted,
                       std::uint32_t capacity) {
    SplitOutcome outcome;
    table::SplitImage* split = image.find(wanted.name);
    if (split == nullptr) {
        if (image.splits.size() >= capacity) {
            throw wrong_input("split \"" + wanted.name + "\": the table is full, it has room for " +
                                  std::to_string(capacity) + " splits",
                              "use another table with --table and a larger --capacity");
        }
        split = &image.splits.emplace_back();
        split->name = wanted.name;
        split->salt = random_number();
        outcome.created = true;
    }
    if (!same_variants(*split, wanted)) {
        for (const std::string& name : wanted.variants) {
            if (split->find(name) == nullptr) {
                split->variants.push_back({name, 0, table::VariantState::open, {}});
                outcome.variants_added.push_back(name);
            }
        }
        if (split->variants.size() > table::kMaxVariants) {
            throw wrong_input(wanted.name + " would have " +
                                  std::to_string(split->variants.size()) + " variants, more than " +
                                  std::to_string(table::kMaxVariants),
                              "a split has at most " + std::to_string(table::kMaxVariants));
        }
        if (outcome.created) {
            split->variants.front().weight_ppm = table::kTotalPpm;
        }
        split->apply_weights();
    }
    outcome.split = *split;
    return outcome;
}

}  // namespace

InitOutcome initialise(const InitPlan& plan) {
    InitOutcome outcome;
    std::optional<table::WriterLock> lock;
    if (!plan.dry_run) {
        make_directory_of(plan.paths.table);
        make_directory_of(plan.paths.saved);
        lock.emplace(lock_table(plan.paths, "teal init", kTablePatience));
    }
    provide_table(plan, outcome);
    outcome.secret_created = plan.dry_run ? access(plan.paths.secret.c_str(), F_OK) != 0
                                          : make_secret_if_absent(plan.paths.secret);
    const bool has_table = !plan.dry_run || !outcome.table_created;
    table::TableImage image =
        has_table ? read_table(plan.paths, Missing::leave_alone) : table::TableImage{};
    outcome.generation = image.generation;
    bool changed = false;
    for (const InitialSplit& wanted : plan.splits) {
        const SplitOutcome& added =
            outcome.splits.emplace_back(add_split(image, wanted, outcome.capacity));
        changed = changed || added.created || !added.variants_added.empty();
    }
    if (plan.dry_run || !changed) {
        return outcome;
    }
    carry_trips(image, NginxView(plan.paths.counters), {});
    try {
        const table::Publication publication = publish_next(plan.paths, image);
        outcome.generation = publication.generation;
        outcome.save_warning = publication.save_warning;
    } catch (const table::PublishError& error) {
        throw failure(std::string("the splits were not published: ") + error.what(),
                      "free space, or run as a user who may write there");
    }
    return outcome;
}

}  // namespace teal::cli
