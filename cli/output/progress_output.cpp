#include "cli/output/progress_output.hpp"

#include "cli/output/screen.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>
#include <vector>

namespace teal::cli {
namespace {

using Json = nlohmann::ordered_json;
using std::chrono::steady_clock;

double seconds_since(steady_clock::time_point start) {
    return std::chrono::duration<double>(steady_clock::now() - start).count();
}

// The phase under way and what its services do; the same for every form of output.
struct Phase {
    std::string name;
    steady_clock::time_point started = steady_clock::now();
    std::map<std::string, std::string> services{};

    // False when that is what was said before.
    bool set(const std::string& service, const std::string& state) {
        std::string& known = services[service];
        const bool changed = known != state;
        known = state;
        return changed;
    }
};

std::string done_line(const Phase& phase, bool well) {
    return fmt::format("{} {:<12} {:6.1f} s\n",
                       coloured(well ? "✓" : "✗", well ? Colour::green : Colour::red), phase.name,
                       seconds_since(phase.started));
}

// Not a terminal: a log that somebody reads later. What only says that time passes is left out.
class LineProgress : public ProgressOutput {
public:
    void phase(const std::string& name) override {
        end(true);
        phase_ = Phase{name};
    }
    void service(const std::string& name, const std::string& state) override {
        if (phase_.set(name, state) && phase_.name != "watch" && phase_.name != "drain" &&
            phase_.name != "canary") {
            print(fmt::format("  {}: {}\n", name, state));
        }
    }
    void heading(const std::string& text) override { print(text + "\n"); }
    void note(const std::string& text) override { print("  " + indented(text) + "\n"); }
    void warning(const std::string& text) override { warn(text); }
    void detail(const std::string&) override {}
    void end(bool well) override {
        if (!phase_.name.empty()) {
            print(done_line(phase_, well));
        }
        phase_ = Phase{};
    }

    static std::string indented(const std::string& text) {
        std::string out;
        for (const char c : text) {
            out += c;
            out += c == '\n' ? "  " : "";
        }
        return out;
    }

private:
    Phase phase_;
};

// On a terminal: the phase's line and its services below it, repainted as they change and as the
// seconds go by; lines worth keeping scroll by above.
class LiveProgress : public ProgressOutput {
public:
    LiveProgress() : clock_([this] { tick(); }) {}
    ~LiveProgress() override {
        {
            const std::lock_guard guard(mutex_);
            stopping_ = true;
        }
        wake_.notify_all();
        clock_.join();
    }

    void phase(const std::string& name) override {
        const std::lock_guard guard(mutex_);
        finish(true);
        phase_ = Phase{name};
        paint();
    }
    void service(const std::string& name, const std::string& state) override {
        const std::lock_guard guard(mutex_);
        phase_.set(name, state);
        paint();
    }
    void heading(const std::string& text) override {
        const std::lock_guard guard(mutex_);
        above(text + "\n");
    }
    void note(const std::string& text) override {
        const std::lock_guard guard(mutex_);
        above("  " + LineProgress::indented(text) + "\n");
    }
    void warning(const std::string& text) override {
        const std::lock_guard guard(mutex_);
        above(coloured("warning: ", Colour::yellow) + text + "\n");
    }
    void detail(const std::string& line) override {
        const std::lock_guard guard(mutex_);
        detail_ = line;
        paint();
    }
    void end(bool well) override {
        const std::lock_guard guard(mutex_);
        finish(well);
    }
    void pause() override { end(true); }

private:
    void tick() {
        std::unique_lock lock(mutex_);
        while (!stopping_) {
            wake_.wait_for(lock, std::chrono::milliseconds(200));
            if (!stopping_ && !phase_.name.empty()) {
                paint();
            }
        }
    }
    void finish(bool well) {
        if (!phase_.name.empty()) {
            above(done_line(phase_, well), false);
        }
        phase_ = Phase{};
        detail_.clear();
    }
    void above(const std::string& text, bool repaint = true) {
        print(erased() + text);
        if (repaint) {
            paint();
        }
    }
    std::string erased() {
        std::string out = lines_ > 0 ? fmt::format("\033[{}A\r\033[J", lines_) : "";
        lines_ = 0;
        return out;
    }
    void paint() {
        if (phase_.name.empty()) {
            return;
        }
        winsize size{};
        const bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 10;
        const std::size_t columns = known ? size.ws_col : 80;
        const std::size_t rows = known && size.ws_row > 4 ? size.ws_row - 2u : 22;
        std::vector<std::string> lines{
            fmt::format("· {:<12} {:6.1f} s", phase_.name, seconds_since(phase_.started))};
        for (const auto& [name, state] : phase_.services) {
            lines.push_back(fmt::format("    {:<16} {}", name, state));
        }
        if (!detail_.empty()) {
            lines.push_back("    " + detail_);
        }
        lines.resize(std::min(lines.size(), rows));
        std::string out = erased();
        for (const std::string& line : lines) {
            out += clipped(line, columns - 1) + "\n";
        }
        lines_ = lines.size();
        print(out);
    }
    static std::string clipped(const std::string& line, std::size_t columns) {
        std::string out;
        for (const char c : line) {
            // What a build prints may move the cursor or change colours.
            const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
            if (width_of(out) >= columns && (static_cast<unsigned char>(c) & 0xc0u) != 0x80u) {
                break;
            }
            out += control ? ' ' : c;
        }
        return out;
    }

    std::mutex mutex_;
    std::condition_variable wake_;
    bool stopping_ = false;
    Phase phase_;
    std::string detail_;
    std::size_t lines_ = 0;
    std::thread clock_;  // last: it uses the others
};

class JsonProgress : public ProgressOutput {
public:
    void phase(const std::string& name) override {
        end(true);
        phase_ = Phase{name};
        print_event("phase", {{"name", name}});
    }
    void service(const std::string& name, const std::string& state) override {
        if (phase_.set(name, state)) {
            print_event("service", {{"phase", phase_.name}, {"name", name}, {"state", state}});
        }
    }
    void heading(const std::string& text) override { print_event("heading", {{"text", text}}); }
    void note(const std::string& text) override { print_event("note", {{"text", text}}); }
    void warning(const std::string& text) override { print_event("warning", {{"text", text}}); }
    void detail(const std::string& line) override { print_event("detail", {{"text", line}}); }
    void end(bool well) override {
        if (!phase_.name.empty()) {
            print_event(
                "phase_done",
                {{"name", phase_.name}, {"ok", well}, {"seconds", seconds_since(phase_.started)}});
        }
        phase_ = Phase{};
    }

private:
    Phase phase_;
};

}  // namespace

std::unique_ptr<ProgressOutput> make_progress(bool json) {
    if (json) {
        return std::make_unique<JsonProgress>();
    }
    if (has_colour()) {
        return std::make_unique<LiveProgress>();
    }
    return std::make_unique<LineProgress>();
}

void print_event(const std::string& event, const Json& rest) {
    static const auto start = steady_clock::now();
    Json json{{"event", event}, {"elapsed_s", seconds_since(start)}};
    json.update(rest);
    // Output of other programs may hold anything; what is no UTF-8 is replaced.
    print(json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
}

}  // namespace teal::cli
