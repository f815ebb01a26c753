#include "cli/diagnosis/host_checks.hpp"
#include "cli/output/quantities.hpp"

#include <sys/stat.h>
#include <sys/timex.h>

namespace teal::cli {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
// Other machines' clocks (a file copied from one) may be ahead by so much.
constexpr std::uint64_t kTolerance = 60 * kSecond;
constexpr char kRemedy[] = "set it: timedatectl set-ntp true, or date --set …";

bool is_before(std::uint64_t now, std::uint64_t other) {
    return now + kTolerance < other;
}

}  // namespace

ClockFacts ask_clock() {
    ClockFacts clock;
    clock.now_unix_ns = now_unix_ns();
    struct stat program {};
    if (stat("/proc/self/exe", &program) == 0) {
        clock.program_unix_ns = static_cast<std::uint64_t>(program.st_mtim.tv_sec) * kSecond;
    }
    struct timex kernel {};  // modes 0: only asks
    const int state = adjtimex(&kernel);
    if (state >= 0) {
        clock.synchronized = state != TIME_ERROR && (kernel.status & STA_UNSYNC) == 0;
    }
    return clock;
}

void check_clock(const ClockFacts& clock, Findings& findings) {
    const std::string now = "it is " + time_text(clock.now_unix_ns) + " here";
    if (is_before(clock.now_unix_ns, clock.recorded_unix_ns)) {
        findings.problem("clock",
                         now + ", before " + clock.recorded + " of " +
                             time_text(clock.recorded_unix_ns) +
                             ": the newest would be taken for the oldest",
                         kRemedy);
        return;
    }
    if (is_before(clock.now_unix_ns, clock.program_unix_ns)) {
        findings.problem(
            "clock",
            now + ", before this program was installed (" + time_text(clock.program_unix_ns) + ")",
            kRemedy);
        return;
    }
    if (clock.synchronized == false) {
        findings.warning("clock", now + ", not synchronized with a time server",
                         "timedatectl set-ntp true, or install chrony");
    } else {
        findings.ok("clock", now + (clock.synchronized ? ", synchronized" : ""));
    }
}

}  // namespace teal::cli
