#include "cli/output/live_view.hpp"

#include "cli/output/screen.hpp"

#include <sys/ioctl.h>
#include <unistd.h>
#include <csignal>
#include <ctime>

namespace teal::cli {
namespace {

volatile std::sig_atomic_t interrupted = 0;

void note_interrupt(int) {
    interrupted = 1;
}

struct Size {
    std::size_t columns = 0;  // 0: unknown
    std::size_t rows = 0;
};

Size terminal_size() {
    winsize size{};
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? Size{size.ws_col, size.ws_row} : Size{};
}

// A line wider than the terminal would wrap and a block taller than it would scroll: in both cases
// the cursor could not be moved back to the block's begin.
std::string cut(std::string_view line, std::size_t columns) {
    std::string text;
    std::size_t width = 0;
    bool escape = false;
    for (const char c : line) {
        escape = escape || c == '\033';
        const bool continues = (static_cast<unsigned char>(c) & 0xc0u) == 0x80u;
        if (!escape && !continues && ++width > columns) {
            return text + "\033[0m";
        }
        text += c;
        escape = escape && c != 'm';
    }
    return text;
}

}  // namespace

LiveView::LiveView() : terminal_(is_terminal()) {
    interrupted = 0;
    struct sigaction action {};
    action.sa_handler = note_interrupt;  // no SA_RESTART: it must end the pause
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
    if (terminal_) {
        print("\033[?25l");
    }
}

LiveView::~LiveView() {
    if (terminal_) {
        constexpr char kShowCursor[] = "\033[?25h";
        (void)!write(STDOUT_FILENO, kShowCursor, sizeof(kShowCursor) - 1);
    }
}

void LiveView::show(const std::string& text) {
    if (!terminal_) {
        print(text);
        return;
    }
    const Size size = terminal_size();
    std::string out = lines_ == 0 ? "" : "\033[" + std::to_string(lines_) + "A";
    std::size_t begin = 0;
    lines_ = 0;
    while (begin < text.size() && (size.rows == 0 || lines_ + 1 < size.rows)) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        const std::string_view line(text.data() + begin, end - begin);
        out +=
            "\r" + (size.columns == 0 ? std::string(line) : cut(line, size.columns)) + "\033[K\n";
        begin = end + 1;
        ++lines_;
    }
    print(out + "\033[J");
}

bool LiveView::pause(double seconds) {
    timespec left{};
    left.tv_sec = static_cast<time_t>(seconds);
    left.tv_nsec = static_cast<long>((seconds - static_cast<double>(left.tv_sec)) * 1e9);
    while (interrupted == 0 && nanosleep(&left, &left) != 0) {
    }
    return interrupted == 0;
}

}  // namespace teal::cli
