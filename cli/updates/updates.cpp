#include "cli/updates/updates.hpp"

#include "cli/traffic/table_paths.hpp"

#include <algorithm>

namespace teal::cli {
namespace {

template <typename List>
std::size_t in_state(const List& list, UpdateState state) {
    return static_cast<std::size_t>(std::count_if(
        list.begin(), list.end(), [&](const auto& update) { return update.state == state; }));
}

}  // namespace

const char* name_of(UpdateState state) {
    constexpr const char* kNames[] = {"current", "newer", "fixed", "unknown"};
    return kNames[static_cast<unsigned>(state)];
}

std::size_t Updates::count(UpdateState state) const {
    return in_state(images, state) + in_state(software, state) + (source.state == state ? 1u : 0u);
}

Updates look_for_updates(const Settings& settings, Stack& stack,
                         std::chrono::milliseconds patience) {
    Updates updates;
    updates.images = image_updates(stack.definition(), patience);
    updates.source = source_update(settings.directory, patience);
    updates.software =
        software_updates(NginxView(table_paths(settings.table, settings.counters).counters));
    return updates;
}

}  // namespace teal::cli
