// A block of text redrawn in place, and the end of it by Ctrl-C.
#pragma once

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

    void show(const std::string& text);
    // Sleeps; false when the user ended it (SIGINT, SIGTERM).
    bool pause(double seconds);

private:
    bool terminal_;
    std::size_t lines_ = 0;
};

}  // namespace teal::cli
