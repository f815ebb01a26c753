#include "cli/process/interruption.hpp"

#include <iterator>

namespace teal::cli {
namespace {

volatile std::sig_atomic_t noted_signals = 0;
volatile std::sig_atomic_t newest_signal = 0;

void note_signal(int signal) {
    newest_signal = signal;
    noted_signals = noted_signals + 1;
}

}  // namespace

Interruption::Interruption() {
    noted_signals = 0;
    struct sigaction note {};
    note.sa_handler = note_signal;
    note.sa_flags = SA_RESTART;  // poll() ends all the same; writing a file must not
    for (std::size_t i = 0; i < std::size(kNoted); ++i) {
        sigaction(kNoted[i], nullptr, &before_[i]);
        if (before_[i].sa_handler != SIG_IGN) {
            sigaction(kNoted[i], &note, nullptr);
        }
    }
    struct sigaction ignore {};
    ignore.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &ignore, &pipe_before_);
}

Interruption::~Interruption() {
    for (std::size_t i = 0; i < std::size(kNoted); ++i) {
        sigaction(kNoted[i], &before_[i], nullptr);
    }
    sigaction(SIGPIPE, &pipe_before_, nullptr);
    if (noted_signals > told_) {
        raise(newest_signal);
    }
}

int Interruption::count() {
    told_ = noted_signals;
    return told_;
}

std::string Interruption::name() const {
    const int signal = newest_signal;
    return signal == SIGINT ? "SIGINT" : signal == SIGTERM ? "SIGTERM" : "SIGHUP";
}

}  // namespace teal::cli
