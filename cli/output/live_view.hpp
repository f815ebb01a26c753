// A block of text redrawn in place, and the end of it by Ctrl-C.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

namespace teal::cli {

// On a terminal each text replaces the one before; elsewhere they follow each other. Gives the
// cursor back when it goes. One at a time.
class LiveView {
public:
    LiveView();
    ~LiveView();
    LiveView(const LiveView&) = delete;
    LiveView& operator=(const LiveView&) = delete;

    bool is_terminal() const { return terminal_; }
    // Of the terminal, now; 80 where nobody knows.
    std::size_t columns() const;

    void show(const std::string& text);
    // Sleeps; false when the user ended it (SIGINT, SIGTERM). When the terminal gets another size
    // meanwhile, what `redraw` returns is shown at once.
    bool pause(double seconds, const std::function<std::string()>& redraw = {});

private:
    void show_again(const std::function<std::string()>& redraw);

    bool terminal_;
    std::size_t lines_ = 0;
    int wake_[2] = {-1, -1};  // a pipe that the signal handler writes to
};

}  // namespace teal::cli
