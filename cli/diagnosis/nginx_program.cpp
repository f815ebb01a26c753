#include "cli/diagnosis/nginx_program.hpp"

#include "cli/process/command.hpp"

#include <unistd.h>
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace teal::cli {
namespace {

namespace fs = std::filesystem;

constexpr auto kNginxPatience = std::chrono::seconds(5);
constexpr char kModuleName[] = "ngx_http_teal_module";
constexpr char kMasterTitle[] = "nginx: master process";
constexpr char kWorkerTitle[] = "nginx: worker process";

CommandResult ask_nginx(std::vector<std::string> argv) {
    Command command{.argv = std::move(argv)};
    command.deadline = kNginxPatience;
    return run_command(command);
}

// Ordinary users of Debian have no /usr/sbin in theirs.
std::string program_path() {
    const char* path = std::getenv("PATH");
    std::string rest = std::string(path == nullptr ? "" : path) +
                       ":/usr/sbin:/usr/local/sbin:/usr/local/nginx/sbin";
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find(':'), rest.size());
        const fs::path file = fs::path(rest.substr(0, end)) / "nginx";
        std::error_code ignored;
        if (end > 0 && fs::is_regular_file(file, ignored) && access(file.c_str(), X_OK) == 0) {
            return file.string();
        }
        rest.erase(0, end + 1);
    }
    return {};
}

std::string read_text(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

bool has_title(const fs::path& process, std::string_view title) {
    return read_text(process / "cmdline").starts_with(title);
}

std::string word_behind(const std::string& text, const std::string& mark) {
    const std::size_t at = text.find(mark);
    if (at == std::string::npos) {
        return {};
    }
    const std::size_t begin = at + mark.size();
    return text.substr(begin, text.find_first_of(" \t\r\n", begin) - begin);
}

}  // namespace

NginxProgram parse_nginx_build(const std::string& path, const std::string& said) {
    NginxProgram program;
    program.path = path;
    program.version = word_behind(said, "nginx version: nginx/");
    program.modules_path = word_behind(said, "--modules-path=");
    if (program.modules_path.empty()) {
        const std::string prefix = word_behind(said, "--prefix=");
        program.modules_path = (prefix.empty() ? "/usr/local/nginx" : prefix) + "/modules";
    }
    return program;
}

NginxProgram find_nginx_program() {
    const std::string path = program_path();
    return path.empty() ? NginxProgram{} : parse_nginx_build(path, ask_nginx({path, "-V"}).said());
}

std::string loading_problem(const NginxProgram& program, const std::string& module) {
    // Modules are loaded before the rest is read; an empty configuration then lacks its events.
    // No file is needed, and a pid file, which even -t makes, goes nowhere.
    const CommandResult result = ask_nginx({program.path, "-t", "-c", "/dev/null", "-g",
                                            "load_module \"" + module + "\"; pid /dev/null;"});
    const std::string& said = result.err;
    if (result.ok() || said.find("no \"events\" section") != std::string::npos) {
        return {};
    }
    const std::size_t at = said.find("[emerg] ");
    if (at == std::string::npos) {
        return result.timed_out ? "nginx -t did not end in time" : result.said();
    }
    std::string line = said.substr(at, said.find('\n', at) - at);
    const std::size_t text = line.find(": ");
    return text == std::string::npos ? line : line.substr(text + 2);
}

MappedModule mapped_module(std::string_view maps) {
    MappedModule found;
    while (!maps.empty()) {
        const std::size_t end = std::min(maps.find('\n'), maps.size());
        const std::string_view line = maps.substr(0, end);
        if (line.find(kModuleName) != std::string_view::npos) {
            found.mapped = true;
            found.replaced = found.replaced || line.ends_with("(deleted)");
        }
        maps.remove_prefix(std::min(end + 1, maps.size()));
    }
    return found;
}

std::vector<NginxMaster> running_masters() {
    std::vector<NginxMaster> masters;
    std::error_code error;
    for (fs::directory_iterator at("/proc", error), end; !error && at != end; at.increment(error)) {
        const std::string name = at->path().filename().string();
        if (name.find_first_not_of("0123456789") != std::string::npos ||
            !has_title(at->path(), kMasterTitle)) {
            continue;
        }
        NginxMaster master{static_cast<pid_t>(std::atoi(name.c_str())), std::nullopt};
        const std::string maps = read_text(at->path() / "maps");
        if (!maps.empty()) {
            master.has_module = mapped_module(maps).mapped;
        }
        masters.push_back(master);
    }
    return masters;
}

std::optional<MappedModule> module_of_worker(std::uint32_t pid) {
    const fs::path process = "/proc/" + std::to_string(pid);
    // In another pid namespace the number is somebody else's here.
    const std::string maps = has_title(process, kWorkerTitle) ? read_text(process / "maps") : "";
    const MappedModule module = mapped_module(maps);
    return module.mapped ? std::optional(module) : std::nullopt;
}

}  // namespace teal::cli
