// A child process at its beginning and its end, for those that talk to it in different ways:
// command.cpp (one question, one answer) and conversation.cpp (many).
#pragma once

#include "cli/process/command.hpp"

#include <sys/types.h>
#include <string>
#include <vector>

namespace teal::cli {

class Descriptor {
public:
    explicit Descriptor(int value = -1) : value_(value) {}
    ~Descriptor() { close(); }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const { return value_; }
    bool is_open() const { return value_ >= 0; }
    void reset(int value) {
        close();
        value_ = value;
    }
    void close();

private:
    int value_;
};

struct Pipe {
    Descriptor read_end;
    Descriptor write_end;
    bool open();  // false, with errno
};

inline constexpr int kNoSuchProgram = 127;

// As exec takes them, with the nullptr at the end; good as long as `texts` is not changed.
std::vector<char*> pointers_to(std::vector<std::string>& texts);

// Runs argv with these as its standard streams, in a process group of its own, and has the kernel
// end it with the thread that called. Its pid, or -1 and why in `problem`.
pid_t start_child(const Command& command, int in, int out, int err, std::string& problem);

// 128 + signal number when a signal ended it.
int exit_code_of(int status);

// A write that does not end us when nobody reads any more.
ssize_t write_quietly(int descriptor, const char* bytes, std::size_t count);

}  // namespace teal::cli
