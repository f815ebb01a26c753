#include "tests/unit/cli_simulated_nginx.hpp"

#include "cli/program.hpp"
#include "shared/counters/file.hpp"
#include "shared/counters/slots.hpp"
#include "shared/counters/sums.hpp"
#include "shared/mapping/shared_word.hpp"
#include "shared/table/paths.hpp"
#include "shared/table/reader.hpp"
#include "teal_version.hpp"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>
#include <cstring>
#include <ctime>
#include <stdexcept>

namespace teal::tests {
namespace {

constexpr std::uint32_t kAsIs = 0xffffffffu;

void pause_ms(long ms) {
    const timespec time{0, ms * 1'000'000};
    nanosleep(&time, nullptr);
}

void put_name(char* to, std::size_t room, const std::string& text) {
    std::memcpy(to, text.data(), std::min(text.size(), room - 1));
}

void configure(counters::File& file, const std::vector<SimulatedSplit>& splits) {
    constexpr std::uint64_t kConfigured = 42;
    counters::Header& header = file.header();
    put_name(header.module_version, sizeof(header.module_version), kVersion);
    header.configured_unix_ns = kConfigured;
    std::uint32_t variants = 0;
    for (std::uint32_t s = 0; s < splits.size(); ++s) {
        counters::SplitEntry& entry = file.split(s);
        put_name(entry.name, sizeof(entry.name), splits[s].name);
        put_name(entry.rules, sizeof(entry.rules), splits[s].rules);
        entry.flags = splits[s].proxied ? counters::kSplitProxied : 0;
        entry.configured_unix_ns = kConfigured;
        for (std::uint32_t g = 0; g < splits[s].goals.size(); ++g) {
            counters::GoalEntry& goal = file.goal(s, g);
            put_name(goal.name, sizeof(goal.name), splits[s].goals[g]);
            store_shared(goal.configured_unix_ns, kConfigured, std::memory_order_release);
        }
        entry.default_variant = variants;
        entry.first_variant = variants;
        for (const std::string& name : splits[s].variants) {
            counters::VariantEntry& variant = file.variant(variants++);
            put_name(variant.name, sizeof(variant.name), name);
            variant.split = s;
            variant.configured_unix_ns = kConfigured;
        }
    }
    store_shared(header.variant_count, variants, std::memory_order_release);
    store_shared(header.split_count, static_cast<std::uint32_t>(splits.size()),
                 std::memory_order_release);
}

// Follows the table until it is killed, also by the end of the test.
[[noreturn]] void serve(const std::string& table, const std::string& counters) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int error = 0;
    std::uint32_t version = 0;
    counters::File file;
    table::Reader reader;
    if (file.open(counters.c_str(), Access::read_write, &error) != counters::Opened::ok) {
        _exit(1);
    }
    const std::uint32_t place = counters::claim_slot(file, static_cast<std::uint32_t>(getpid()), 1);
    counters::SlotHeader& slot = file.slot(place);
    while (true) {
        if (!reader.is_open()) {
            reader.open(table.c_str(), &error, &version);
        }
        if (reader.is_open() && slot.generation != reader.generation()) {
            timespec now{};
            clock_gettime(CLOCK_REALTIME, &now);
            store_shared(slot.applied_unix_ns,
                         static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u +
                             static_cast<std::uint64_t>(now.tv_nsec),
                         std::memory_order_relaxed);
            store_shared(slot.generation, reader.generation(), std::memory_order_release);
        }
        pause_ms(1);
    }
}

std::string read_all(int descriptor) {
    std::string text;
    char piece[4096];
    ssize_t got = 0;
    lseek(descriptor, 0, SEEK_SET);
    while ((got = read(descriptor, piece, sizeof(piece))) > 0) {
        text.append(piece, static_cast<std::size_t>(got));
    }
    close(descriptor);
    return text;
}

// Files, not pipes: no reader is needed while the command runs.
int unnamed_file() {
    char name[] = "/tmp/teal-test-XXXXXX";
    const int descriptor = mkstemp(name);
    unlink(name);
    return descriptor;
}

}  // namespace

SimulatedNginx::SimulatedNginx(std::string table, const std::vector<SimulatedSplit>& splits,
                               int workers)
    : table_(std::move(table)),
      counters_(table::counters_path_of(table_.c_str()).text),
      splits_(splits) {
    make_counters();
    start_workers(workers);
}

void SimulatedNginx::make_counters() {
    counters::File file;
    int error = counters::create_file(counters_.c_str(), 256, 1024, kAsIs, kAsIs);
    if (error != 0 ||
        file.open(counters_.c_str(), Access::read_write, &error) != counters::Opened::ok) {
        throw std::runtime_error(counters_ + ": " + std::strerror(error));
    }
    configure(file, splits_);
}

void SimulatedNginx::start_workers(int workers) {
    counters::File file;
    int error = 0;
    file.open(counters_.c_str(), Access::read_write, &error);
    for (int i = 0; i < workers; ++i) {
        const pid_t pid = fork();
        if (pid == 0) {
            serve(table_, counters_);
        }
        pids_.push_back(pid);
    }
    for (int i = 0; i < workers; ++i) {
        while (!counters::is_slot_live(file, static_cast<std::uint32_t>(i))) {
            pause_ms(1);
        }
    }
    while (file.slot_high() < static_cast<std::uint32_t>(workers)) {
        pause_ms(1);
    }
}

void SimulatedNginx::kill_workers() {
    for (const pid_t pid : pids_) {
        kill(pid, SIGKILL);
        waitpid(pid, nullptr, 0);
    }
    pids_.clear();
}

SimulatedNginx::~SimulatedNginx() {
    kill_workers();
}

void SimulatedNginx::make_counters_anew() {
    const int workers = static_cast<int>(pids_.size());
    kill_workers();
    unlink(counters_.c_str());
    make_counters();
    start_workers(workers);
}

void SimulatedNginx::count(const SimulatedVisitors& visitors) {
    counters::File file;
    int error = 0;
    file.open(counters_.c_str(), Access::read_write, &error);
    const std::uint32_t split = counters::find_split(file, visitors.split.c_str());
    const std::uint32_t variant = counters::find_variant(file, split, visitors.variant.c_str());
    counters::VariantCounters& counts = file.counters(0, variant);
    add_own(counts.decided, visitors.visitors);
    add_own(counts.exposures, visitors.visitors);
    if (visitors.goal.empty()) {
        return;
    }
    counters::GoalCounters& goal =
        counts.goals[counters::find_goal(file, split, visitors.goal.c_str())];
    const auto conversions = static_cast<double>(visitors.conversions);
    if (visitors.value > 0) {
        add_own(goal.value_sum, conversions * visitors.value);
        add_own(goal.value_square_sum, conversions * visitors.value * visitors.value);
        add_own(goal.valued, visitors.conversions);
    }
    add_own(goal.conversions, visitors.conversions, std::memory_order_release);
}

void SimulatedNginx::stop(std::size_t worker) {
    kill(pids_[worker], SIGSTOP);
    int status = 0;
    waitpid(pids_[worker], &status, WUNTRACED);
}

void SimulatedNginx::proceed(std::size_t worker) {
    kill(pids_[worker], SIGCONT);
}

void SimulatedNginx::trip(std::uint32_t split, std::uint64_t generation) {
    counters::File file;
    int error = 0;
    file.open(counters_.c_str(), Access::read_write, &error);
    store_shared(file.split(split).tripped, generation, std::memory_order_release);
}

CommandResult run_teal(const std::vector<std::string>& words) {
    const int output = unnamed_file();
    const int errors = unnamed_file();
    const pid_t pid = fork();
    if (pid == 0) {
        dup2(output, STDOUT_FILENO);
        dup2(errors, STDERR_FILENO);
        std::vector<std::string> arguments = words;
        arguments.insert(arguments.begin(), "teal");
        std::vector<char*> pointers;
        for (std::string& argument : arguments) {
            pointers.push_back(argument.data());
        }
        pointers.push_back(nullptr);
        _exit(cli::run_program(static_cast<int>(arguments.size()), pointers.data()));
    }
    int status = 0;
    waitpid(pid, &status, 0);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_all(output), read_all(errors)};
}

}  // namespace teal::tests
