// What a child writes to a pipe of ours: collected, or handed on as it comes.
#pragma once

#include "cli/process/child.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace teal::cli {

struct ChildStream {
    Descriptor& descriptor;
    std::string& text;     // what came and nobody took
    std::size_t told = 0;  // of it: handed out in lines

    // Lines that have come since; with `all` also one that has no end.
    void tell_lines(const std::function<void(std::string_view)>& on_line, bool all);
    // To `on_bytes` where there is one, else into `text`. False at the end.
    bool read_some(const std::function<void(std::string_view)>& on_bytes);
};

}  // namespace teal::cli
