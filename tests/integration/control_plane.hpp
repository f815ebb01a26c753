// What `teal traffic` does to the table, done with the library: tests of the module must not depend
// on the CLI. The table lies on tmpfs, in a directory that nginx's workers may search.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "shared/counters/sums.hpp"
#include "tests/fixtures/sample_table.hpp"
#include "tests/fixtures/temporary_directory.hpp"

namespace teal::integration {

using Percents = std::vector<std::pair<std::string, double>>;

class ControlPlane {
public:
    using Edit = std::function<void(table::TableImage&)>;

    // Makes an empty table.
    explicit ControlPlane(std::uint32_t split_capacity = 16);

    // Edits the current publication (rings follow the weights) and publishes it.
    table::Publication publish(const Edit& edit) const;
    // The same, and waits until every live worker has reported it.
    table::Publication apply(const Edit& edit) const;
    // Weights of one split, in percent of 100; variants left out keep theirs.
    table::Publication set(const std::string& split, const Percents& percents) const;
    table::Publication set_state(const std::string& split, const std::string& variant,
                                 table::VariantState state) const;
    table::Publication set_endpoints(const std::string& split, const std::string& variant,
                                     const std::vector<std::string>& addresses) const;

    void wait_applied(std::uint64_t generation,
                      std::chrono::milliseconds deadline = std::chrono::seconds(10)) const;
    table::TableImage image() const;
    std::uint64_t generation() const { return image().generation; }

    // From the counters file; zeros when it has no such variant.
    counters::VariantCounters counts(const std::string& split, const std::string& variant) const;
    // Waits until nothing of the variant is in flight, and returns its counts.
    counters::VariantCounters settled(const std::string& split, const std::string& variant) const;
    // Opened for writing, as nginx's guard would.
    counters::File counters_file(Access access = Access::read_only) const;

    // `teal_table …;` for nginx.conf.
    std::string directive() const { return "teal_table " + table + ";\n"; }

private:
    fixtures::TemporaryDirectory directory_;

public:
    std::string directory = directory_.path();
    std::string table = directory_ / "table";
    std::string counters = directory_ / "counters";
    std::string saved = directory_ / "table.saved";
};

}  // namespace teal::integration
