// How the domain tells what it does: it never prints. Commands give an implementation.
#pragma once

#include <string>

namespace teal::cli {

class Progress {
public:
    virtual ~Progress() = default;

    // A phase begins; the one before has ended well. "snapshot", "standby", "health" …
    virtual void phase(const std::string& name) = 0;
    // What one service is doing now: "building", "starting", "healthy 2 of 2".
    virtual void service(const std::string& name, const std::string& state) = 0;
    // What the following lines are about, where a phase has parts that people read as a list.
    virtual void heading(const std::string& text) { note(text); }
    // A line worth keeping.
    virtual void note(const std::string& text) = 0;
    virtual void warning(const std::string& text) = 0;
    // A line that another program printed; shown only where there is room for it.
    virtual void detail(const std::string& line) = 0;
};

}  // namespace teal::cli
