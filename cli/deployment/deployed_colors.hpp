// Which colors of a project are deployed, and which one serves: from the table and the snapshots.
// Asks neither docker nor nginx, changes nothing, and says what it can when the table cannot be
// read.
#pragma once

#include "cli/project/settings.hpp"
#include "cli/snapshot/metadata.hpp"
#include "cli/traffic/color_change.hpp"

#include <optional>
#include <string>
#include <vector>

namespace teal::cli {

struct DeployedColor {
    Color color = Color::blue;
    std::optional<SnapshotMetadata> snapshot{};  // that it was brought to last
    std::vector<SplitEndpoints> endpoints{};     // as the table has them

    bool in_table() const;
};

struct DeployedColors {
    std::optional<Color> active{};  // has the most weight, and endpoints
    DeployedColor colors[2]{};      // blue, green
    std::vector<std::string> splits{};
    std::vector<SnapshotMetadata> snapshots{};
    table::TableImage table{};
    std::vector<std::string> remarks{};  // damaged snapshots, a table that cannot be read
    std::string table_problem{};         // empty: it was read

    const DeployedColor& of(Color color) const { return colors[color == Color::blue ? 0 : 1]; }
    // "serving", "standby", "not deployed"
    const char* role_of(Color color) const;

    // The color that a command without --color is about: the one that serves, else the one that is
    // deployed, of two the newer. Throws Error (nothing there) when none is, or not `asked`.
    Color chosen(const std::optional<Color>& asked) const;
};

DeployedColors find_deployed(const Settings& settings);

// Entries as the snapshot keeps them; nothing else is known of what it runs.
StackDefinition definition_of(const SnapshotMetadata& snapshot);
// What the project's files say, with the entries that the snapshot was deployed with: the files may
// have changed since. Files that cannot be read become a remark.
StackDefinition definition_of(const SnapshotMetadata& snapshot, Stack& stack,
                              std::vector<std::string>& remarks);

}  // namespace teal::cli
