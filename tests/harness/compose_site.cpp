#include "tests/harness/compose_site.hpp"

#include "tests/harness/docker_engine.hpp"
#include "tests/harness/docker_project.hpp"
#include "tests/harness/http_client.hpp"

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

namespace teal::harness {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr char kProject[] = "{project}";

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    if (text.find(from) == std::string::npos) {
        throw std::runtime_error("there is no \"" + from + "\" in\n" + text);
    }
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
        text.replace(at, from.size(), to);
    }
    return text;
}

// The example's own nginx.conf, on another table and port.
std::string http_text(const std::string& table, std::uint16_t port, const std::string& locations) {
    const std::string mark = "    location = /teal/status";
    std::string text = read_file(fs::path(TEAL_COMPOSE_SHOP) / "nginx.conf");
    text = replaced(std::move(text), "/run/teal/table", table);
    text = replaced(std::move(text), "127.0.0.1:8080", "127.0.0.1:" + std::to_string(port));
    return replaced(std::move(text), mark, locations + mark);
}

ComposeSiteOptions with_engine(ComposeSiteOptions options) {
    if (options.docker_host.empty()) {
        need_docker_engine();
    } else {
        options.env["DOCKER_HOST"] = options.docker_host;
    }
    return options;
}

}  // namespace

ComposeSite::ComposeSite(ComposeSiteOptions its_options)
    : options(with_engine(std::move(its_options))),
      name(options.project.empty() ? unique_project_name() : options.project),
      project(workspace.make_directory(options.directory)),
      deployments(project / ".teal" / "deployments"),
      table((workspace.make_directory("run") / "table").string()),
      port(workspace.free_port()) {
    must({"init", "--split", "web"});
    must({"init", "--split", "api"});
    NginxOptions nginx_options;
    nginx_options.worker_processes = 2;
    nginx_options.http = http_text(table, port, options.locations);
    nginx = std::make_unique<NginxServer>(workspace, nginx_options);
    nginx->start();
}

ComposeSite::~ComposeSite() {
    nginx.reset();  // before its servers go
    remove_docker_project(name, options.docker_host);
}

void ComposeSite::put_shop(const std::string& version) {
    for (const auto& entry : fs::directory_iterator(TEAL_COMPOSE_SHOP)) {
        fs::remove_all(project / entry.path().filename());
        fs::copy(entry.path(), project / entry.path().filename(), fs::copy_options::recursive);
    }
    replace(".env", "SHOP_VERSION=1", "SHOP_VERSION=" + version);
    replace(".env", "TEAL_BUILD_NETWORK=default", "TEAL_BUILD_NETWORK=host");
    write(".env", read(".env") + "COMPOSE_PROJECT_NAME={project}\n");
}

void ComposeSite::write(const std::string& file, std::string text) {
    if (text.find(kProject) != std::string::npos) {
        text = replaced(std::move(text), kProject, name);
    }
    workspace.write((fs::path(options.directory) / file).string(), text);
}

void ComposeSite::replace(const std::string& file, const std::string& from, const std::string& to) {
    workspace.write((fs::path(options.directory) / file).string(), replaced(read(file), from, to));
}

std::string ComposeSite::read(const std::string& file) const {
    return read_file(project / file);
}

ProcessOptions ComposeSite::process(std::vector<std::string> words) const {
    words.insert(words.begin(), TEAL_CLI_PATH);
    ProcessOptions command;
    command.argv = std::move(words);
    command.directory = project;
    command.env = {{"TEAL_TABLE", table},
                   {"TEAL_WATCH", "0.3"},
                   {"HEALTH_CHECK_TIMEOUT", "40"},
                   {"HEALTH_CHECK_INTERVAL", "0.1"}};
    for (const auto& [variable, value] : options.env) {
        command.env[variable] = value;
    }
    return command;
}

RunResult ComposeSite::teal(std::vector<std::string> words,
                            std::chrono::milliseconds timeout) const {
    return run(process(std::move(words)), timeout);
}

std::string ComposeSite::must(const std::vector<std::string>& words) const {
    RunResult result = teal(words);
    if (result.exit_code != 0) {
        throw std::runtime_error("teal " + words.front() + " ended with " +
                                 std::to_string(result.exit_code) + ": " + result.out + result.err);
    }
    return std::move(result.out);
}

RunResult ComposeSite::perform(const std::vector<std::string>& more) const {
    std::vector<std::string> words{"upgrade", "perform", "--auto-switch"};
    words.insert(words.end(), more.begin(), more.end());
    return teal(std::move(words), 300s);
}

std::string ComposeSite::served(const std::string& path) const {
    return http_get(front(), path).headers.get("X-Served-By");
}

std::unique_ptr<Load> ComposeSite::start_load(const std::string& path, double rate,
                                              unsigned connections,
                                              const std::string& field) const {
    auto load = std::make_unique<Load>(LoadOptions{.target = front(),
                                                   .connections = connections,
                                                   .path = path,
                                                   .rate = rate,
                                                   .variant_fields = {field},
                                                   .longest = std::chrono::minutes(20)});
    load->start();
    return load;
}

std::string ComposeSite::active() const {
    const auto json = nlohmann::json::parse(must({"upgrade", "status", "--json"}));
    return json.at("active").is_null() ? "none" : json.at("active").get<std::string>();
}

std::vector<std::string> ComposeSite::endpoints(const std::string& split,
                                                const std::string& color) const {
    const auto json =
        nlohmann::json::parse(must({"traffic", "show", split, "--interval", "0", "--json"}));
    std::vector<std::string> addresses;
    for (const auto& variant : json.at("splits").at(0).at("variants")) {
        for (const auto& endpoint : variant.at("endpoints")) {
            if (variant.at("variant") == color) {
                addresses.push_back(endpoint.at("address").get<std::string>());
            }
        }
    }
    return addresses;
}

}  // namespace teal::harness
