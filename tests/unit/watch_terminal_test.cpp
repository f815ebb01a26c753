// `teal traffic watch` on a terminal: a pseudo terminal of a given size, which is resized under it.
#include "cli/output/screen.hpp"
#include "cli/program.hpp"
#include "tests/catch.hpp"
#include "tests/fixtures/sample_table.hpp"
#include "tests/fixtures/temporary_directory.hpp"
#include "tests/harness/wait.hpp"
#include "tests/unit/cli_simulated_nginx.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>
#include <cstdlib>
#include <string>
#include <vector>

using namespace teal;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using harness::becomes_true;

namespace {

winsize size_of(unsigned short columns) {
    winsize size{};
    size.ws_col = columns;
    size.ws_row = 24;
    return size;
}

// `teal …` with a terminal of its own.
class OnTerminal {
public:
    OnTerminal(std::vector<std::string> words, unsigned short columns, const char* locale) {
        winsize size = size_of(columns);
        pid_ = forkpty(&terminal_, nullptr, nullptr, &size);
        if (pid_ == 0) {
            setenv("LC_ALL", locale, 1);
            words.insert(words.begin(), "teal");
            std::vector<char*> pointers;
            for (std::string& word : words) {
                pointers.push_back(word.data());
            }
            pointers.push_back(nullptr);
            _exit(cli::run_program(static_cast<int>(words.size()), pointers.data()));
        }
    }
    ~OnTerminal() {
        if (pid_ > 0) {
            kill(pid_, SIGKILL);
            waitpid(pid_, nullptr, 0);
        }
        close(terminal_);
    }
    OnTerminal(const OnTerminal&) = delete;
    OnTerminal& operator=(const OnTerminal&) = delete;

    void resize(unsigned short columns) {
        winsize size = size_of(columns);
        REQUIRE(ioctl(terminal_, TIOCSWINSZ, &size) == 0);  // the kernel sends SIGWINCH
    }
    void type(char key) { REQUIRE(write(terminal_, &key, 1) == 1); }
    // What has been written since the last call, when it holds `text`.
    std::string wait_for(const std::string& text) {
        std::string seen;
        const bool came = becomes_true(
            [&] {
                seen += read_some();
                return seen.find(text) != std::string::npos;
            },
            10s);
        INFO("waited for \"" << text << "\" in: " << seen);
        REQUIRE(came);
        return seen;
    }
    int exit_code() {
        int status = 0;
        REQUIRE(becomes_true(
            [&] {
                read_some();
                return waitpid(pid_, &status, WNOHANG) == pid_;
            },
            10s));
        pid_ = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }

private:
    std::string read_some() const {
        std::string text;
        char bytes[4096];
        pollfd wait{terminal_, POLLIN, 0};
        while (poll(&wait, 1, 0) > 0) {
            const ssize_t got = read(terminal_, bytes, sizeof(bytes));
            if (got <= 0) {
                break;
            }
            text.append(bytes, static_cast<std::size_t>(got));
        }
        return text;
    }

    pid_t pid_ = -1;
    int terminal_ = -1;
};

// Without what moves the cursor or clears.
std::string printed(std::string_view text) {
    std::string plain;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '\033') {
            plain += text[at] == '\r' ? "" : std::string(1, text[at]);
            continue;
        }
        while (at < text.size() && !std::isalpha(static_cast<unsigned char>(text[at]))) {
            ++at;
        }
    }
    return plain;
}

std::size_t widest(const std::string& text) {
    std::size_t most = 0;
    std::string_view rest(text);
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        most = std::max(most, cli::width_of(rest.substr(0, end)));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return most;
}

struct Watched {
    fixtures::TemporaryDirectory directory;
    std::string table = directory / "table";
    std::unique_ptr<tests::SimulatedNginx> nginx;

    Watched() {
        table::create_table(table, 16);
        table::TableImage image;
        image.splits.push_back(
            fixtures::split("app", 1,
                            {fixtures::variant("blue", 900'000, {"127.0.0.1:1"}),
                             fixtures::variant("green", 100'000, {"127.0.0.1:2"})}));
        table::publish(table, table + ".saved", image);
        nginx = std::make_unique<tests::SimulatedNginx>(
            table, std::vector<tests::SimulatedSplit>{{"app", {"blue", "green"}, true, ""}}, 2);
    }
    std::vector<std::string> command(std::vector<std::string> more) const {
        std::vector<std::string> words{"traffic", "watch", "--table", table};
        words.insert(words.end(), more.begin(), more.end());
        return words;
    }
};

}  // namespace

TEST_CASE("watch fits its terminal, and another size at once") {
    const Watched watched;
    OnTerminal teal(watched.command({"--interval", "0.1"}), 80, "C.UTF-8");
    std::string seen = teal.wait_for("green");
    CHECK_THAT(seen, ContainsSubstring("\033[?25l"));
    seen += teal.wait_for("green");
    CHECK(widest(printed(seen)) <= 80);
    CHECK_THAT(printed(seen), ContainsSubstring("WEIGHT"));
    CHECK_THAT(printed(seen), ContainsSubstring("▁"));
    teal.resize(30);
    seen = teal.wait_for("\033[2J");
    seen = seen.substr(seen.find("\033[2J")) + teal.wait_for("green");
    CHECK(widest(printed(seen)) <= 30);
    CHECK_THAT(printed(seen), !ContainsSubstring("WEIGHT"));
    teal.resize(120);
    seen = teal.wait_for("\033[2J");
    seen = seen.substr(seen.find("\033[2J")) + teal.wait_for("FLYING");
    CHECK(widest(printed(seen)) <= 120);
    teal.type('\003');  // Ctrl-C
    CHECK(teal.exit_code() == 0);
}

TEST_CASE("watch in another character set is ASCII, and ends before its first view, too") {
    const Watched watched;
    OnTerminal teal(watched.command({"--interval", "1"}), 80, "C");
    std::string seen = teal.wait_for("green");
    for (const char c : seen) {
        CHECK(static_cast<unsigned char>(c) < 0x80);
    }
    teal.type('\003');
    CHECK(teal.exit_code() == 0);
    OnTerminal slow(watched.command({"--interval", "3600", "--count", "2"}), 80, "C");
    slow.wait_for("\033[?25l");  // typed earlier, Ctrl-C would find no process to interrupt
    slow.type('\003');           // also while nothing is shown yet
    CHECK(slow.exit_code() == 0);
}

TEST_CASE("watch into a pipe is a line for each view, without escape sequences") {
    const Watched watched;
    const tests::CommandResult result =
        tests::run_teal(watched.command({"--interval", "0.05", "--count", "3"}));
    CHECK(result.code == 0);
    CHECK(std::count(result.output.begin(), result.output.end(), '\n') == 3);
    CHECK_THAT(result.output, !ContainsSubstring("\033"));
    CHECK_THAT(result.output, ContainsSubstring("app blue 90 % 0/s errors - p99 -; app green"));
}
