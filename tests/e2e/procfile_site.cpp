#include "tests/e2e/procfile_site.hpp"

#include "tests/harness/failure_report.hpp"
#include "tests/harness/http_client.hpp"
#include "tests/harness/wait.hpp"

#include <csignal>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>

namespace teal::e2e {
namespace {

std::string split(const std::string& name, const std::string& rules) {
    return "teal_split " + name +
           " {\n    variant blue;\n    variant green;\n    default blue;\n    " + rules +
           "\n    pin $http_x_teal_variant;\n}\n"
           "upstream " +
           name + " { teal " + name + "; keepalive 16; }\n";
}

std::string http_text(const std::string& table, std::uint16_t port, const std::string& rules) {
    const std::string proxy =
        "        proxy_http_version 1.1;\n"
        "        proxy_set_header Upgrade $http_upgrade;\n"
        "        proxy_set_header Connection $connection_kind;\n"
        "        proxy_read_timeout 60s;\n";
    return "teal_table " + table +
           ";\n"
           "map $http_upgrade $connection_kind { default upgrade; '' ''; }\n" +
           split("app", rules) + split("api", rules) +
           "server {\n    listen 127.0.0.1:" + std::to_string(port) +
           ";\n"
           "    location / {\n        proxy_pass http://app;\n" +
           proxy + "    }\n    location /api/ {\n        proxy_pass http://api/;\n" + proxy +
           "    }\n}\n";
}

}  // namespace

ProcfileSite::ProcfileSite(const std::string& directory, const std::string& rules)
    : project(workspace.make_directory(directory)),
      deployments(project / ".teal" / "deployments"),
      table((workspace.make_directory("run") / "table").string()),
      port(workspace.free_port()) {
    workspace.write(directory + "/Procfile",
                    "web: exec " TEAL_DEMO_APP_PATH
                    " --name web-$VERSION $WEB_OPTIONS\n"
                    "api: exec " TEAL_DEMO_APP_PATH " --name api-$VERSION\n");
    workspace.write(directory + "/teal.toml",
                    "[nginx]\ntable = \"" + table +
                        "\"\n"
                        // Watches and waits little, as most tests want it.
                        "[deployment]\nwatch = 0.3\n[health]\ntimeout = 20\ninterval = 0.1\n"
                        "[services.web]\nentry = true\nsplit = \"app\"\nhealth = \"/health\"\n"
                        "[services.api]\nentry = true\nsplit = \"api\"\nhealth = \"/health\"\n"
                        "smoke = \"/api/health\"\n");
    write_version("v1");
    must({"init", "--split", "app", "--table", table});
    must({"init", "--split", "api", "--table", table});
    harness::NginxOptions options;
    options.worker_processes = 2;
    options.http = http_text(table, port, rules);
    nginx = std::make_unique<harness::NginxServer>(workspace, options);
    nginx->start();
}

ProcfileSite::~ProcfileSite() {
    try {
        must({"upgrade", "down", "--remove", "--yes"});
    } catch (const std::exception& error) {
        harness::report_failure(std::string("processes were left behind: ") + error.what());
    }
}

void ProcfileSite::write_version(const std::string& version, const std::string& options) {
    workspace.write(std::filesystem::relative(project, workspace.root()).string() + "/.env",
                    "VERSION=" + version + "\nWEB_OPTIONS='" + options + "'\n");
}

harness::ProcessOptions ProcfileSite::process(std::vector<std::string> words) const {
    words.insert(words.begin(), TEAL_CLI_PATH);
    harness::ProcessOptions options;
    options.argv = std::move(words);
    options.directory = project;
    return options;
}

harness::RunResult ProcfileSite::teal(std::vector<std::string> words,
                                      std::chrono::milliseconds timeout) const {
    return harness::run(process(std::move(words)), timeout);
}

std::string ProcfileSite::must(const std::vector<std::string>& words) const {
    const harness::RunResult result = teal(words);
    if (result.exit_code != 0) {
        throw std::runtime_error("teal " + words.front() + " ended with " +
                                 std::to_string(result.exit_code) + ": " + result.out + result.err);
    }
    return result.out;
}

harness::RunResult ProcfileSite::perform(const std::vector<std::string>& more) const {
    std::vector<std::string> words{"upgrade", "perform", "--auto-switch"};
    words.insert(words.end(), more.begin(), more.end());
    return teal(words);
}

std::string ProcfileSite::served(const std::string& path) const {
    harness::HttpConnection connection(harness::Endpoint::loopback(port));
    const harness::HttpResponse response = connection.get(path);
    return response.headers.get("X-Served-By");
}

std::unique_ptr<harness::Load> ProcfileSite::start_load(const std::string& path, double rate,
                                                        unsigned connections) const {
    harness::LoadOptions options{.target = harness::Endpoint::loopback(port),
                                 .connections = connections,
                                 .path = path,
                                 .rate = rate,
                                 .longest = std::chrono::minutes(10)};
    auto load = std::make_unique<harness::Load>(options);
    load->start();
    return load;
}

std::vector<pid_t> ProcfileSite::processes(const std::string& color) const {
    const std::string mark = "TEAL_PROCESS=" + (deployments / "processes" / color).string() + "/";
    std::vector<pid_t> found;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
        const std::string name = entry.path().filename().string();
        const bool is_process = name.find_first_not_of("0123456789") == std::string::npos;
        if (is_process &&
            harness::read_file(entry.path() / "environ").find(mark) != std::string::npos) {
            found.push_back(static_cast<pid_t>(std::stol(name)));
        }
    }
    return found;
}

void ProcfileSite::kill_processes(const std::string& color) const {
    harness::wait_until(
        [&] {
            const std::vector<pid_t> left = processes(color);
            for (const pid_t pid : left) {
                ::kill(pid, SIGKILL);  // one that is gone by now is what is wanted
            }
            return left.empty();
        },
        std::chrono::seconds(10), "the processes of " + color + " to be gone");
}

std::string ProcfileSite::active() const {
    const auto json = nlohmann::json::parse(must({"upgrade", "status", "--json"}));
    return json.at("active").is_null() ? "none" : json.at("active").get<std::string>();
}

std::vector<std::string> ProcfileSite::events() const {
    std::vector<std::string> events;
    std::istringstream lines(
        harness::read_file(std::filesystem::path(table).parent_path() / "events.jsonl"));
    for (std::string line; std::getline(lines, line);) {
        const auto event = nlohmann::json::parse(line);
        events.push_back(event.at("kind").get<std::string>() + " " +
                         event.value("split", std::string()) + " " +
                         event.at("text").get<std::string>());
    }
    return events;
}

}  // namespace teal::e2e
