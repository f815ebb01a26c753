// The files of the dashboard's page, dashboard/*, as CMake embeds them in the module: the page is
// there wherever the module is, and belongs to its version.
#pragma once

#include <cstddef>
#include <string_view>

namespace teal::nginx {

struct DashboardFile {
    std::string_view name;
    std::string_view type;
    std::string_view content;
    std::string_view etag;  // with its quotes
};

extern const DashboardFile dashboard_files[];
extern const std::size_t dashboard_file_count;

}  // namespace teal::nginx
