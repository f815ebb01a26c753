#include "cli/output/live_view.hpp"

#include "cli/error.hpp"
#include "cli/output/screen.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>

namespace teal::cli {
namespace {

constexpr std::size_t kUsualColumns = 80;

volatile std::sig_atomic_t interrupted = 0;
volatile std::sig_atomic_t resized = 0;
volatile std::sig_atomic_t wake_descriptor = -1;

// A flag alone could be set between the look at it and the sleep: the pipe ends that sleep too.
void wake_up() {
    const int error = errno;
    const char byte = 0;
    (void)!write(wake_descriptor, &byte, 1);
    errno = error;
}

void note_interrupt(int) {
    interrupted = 1;
    wake_up();
}

void note_resize(int) {
    resized = 1;
    wake_up();
}

void handle(int signal, void (*handler)(int)) {
    struct sigaction action {};
    action.sa_handler = handler;
    sigaction(signal, &action, nullptr);
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

LiveView::LiveView() : terminal_(cli::is_terminal()) {
    interrupted = 0;
    resized = 0;
    if (pipe2(wake_, O_CLOEXEC | O_NONBLOCK) != 0) {
        throw failure(std::string("a pipe cannot be made: ") + std::strerror(errno),
                      "close programs that have many files open");
    }
    wake_descriptor = wake_[1];
    handle(SIGINT, note_interrupt);
    handle(SIGTERM, note_interrupt);
    if (terminal_) {
        handle(SIGWINCH, note_resize);
        print("\033[?25l");
    }
}

LiveView::~LiveView() {
    if (terminal_) {
        handle(SIGWINCH, SIG_DFL);
        constexpr char kShowCursor[] = "\033[?25h";
        (void)!write(STDOUT_FILENO, kShowCursor, sizeof(kShowCursor) - 1);
    }
    wake_descriptor = -1;
    close(wake_[0]);
    close(wake_[1]);
}

std::size_t LiveView::columns() const {
    const std::size_t columns = terminal_ ? terminal_size().columns : 0;
    return columns != 0 ? columns : kUsualColumns;
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
        // Cleared first: behind a line as wide as the terminal the cursor stands on its last
        // column.
        out +=
            "\r\033[K" + (size.columns == 0 ? std::string(line) : cut(line, size.columns)) + "\n";
        begin = end + 1;
        ++lines_;
    }
    print(out + "\033[J");
}

// Where the lines are by now only the terminal knows: it may have wrapped them anew.
void LiveView::show_again(const std::function<std::string()>& redraw) {
    if (redraw) {
        print("\033[2J\033[H");
        lines_ = 0;
        show(redraw());
    }
}

bool LiveView::pause(double seconds, const std::function<std::string()>& redraw) {
    using std::chrono::steady_clock;
    const auto until = steady_clock::now() + std::chrono::duration_cast<steady_clock::duration>(
                                                 std::chrono::duration<double>(seconds));
    while (interrupted == 0) {
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(until - steady_clock::now()).count();
        if (left <= 0) {
            break;
        }
        pollfd wait{wake_[0], POLLIN, 0};
        poll(&wait, 1, static_cast<int>(left));
        char bytes[64];
        while (read(wake_[0], bytes, sizeof(bytes)) > 0) {
        }
        if (resized != 0) {
            resized = 0;
            show_again(redraw);
        }
    }
    return interrupted == 0;
}

}  // namespace teal::cli
