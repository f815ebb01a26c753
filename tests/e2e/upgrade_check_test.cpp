// `teal upgrade check` against a real registry.
#include "tests/catch.hpp"
#include "tests/harness/docker_engine.hpp"
#include "tests/harness/http_client.hpp"
#include "tests/harness/wait.hpp"
#include "tests/harness/workspace.hpp"

#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>

using namespace teal::harness;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using nlohmann::json;

namespace {

// A registry, and a compose project whose images are in it.
class Site {
public:
    Site() : port_(workspace_.free_port()), registry_("127.0.0.1:" + std::to_string(port_)) {
        need_docker_engine();
        const auto config = workspace_.write(
            "registry.yml",
            "version: 0.1\nlog: {level: error}\nstorage: {filesystem: "
            "{rootdirectory: " +
                workspace_.path("registry").string() + "}}\nhttp: {addr: \"" + registry_ + "\"}\n");
        process_ = std::make_unique<Process>(
            ProcessOptions{.argv = {"docker-registry", "serve", config.string()}});
        wait_until([&] { return http_get(Endpoint(registry_), "/v2/").status == 200; }, 30s,
                   "the registry to answer");
        workspace_.write("shop/compose.yaml",
                         "name: shop\nservices:\n  web:\n    image: " + image("web") +
                             "\n    labels: {teal.entry: \"80\"}\n"
                             "  db:\n    image: " +
                             image("db") +
                             "\n    labels: {teal.shared: \"true\"}\n"
                             "  gone:\n    image: 127.0.0.1:1/gone:1\n");
    }
    ~Site() {
        for (const std::string& name : {image("web"), image("db")}) {
            docker({"image", "rm", "-f", name});
        }
    }
    Site(const Site&) = delete;
    Site& operator=(const Site&) = delete;

    std::string image(const std::string& name) const { return registry_ + "/shop/" + name + ":1"; }
    // Builds a version under the image's name and pushes it.
    void publish(const std::string& name, const std::string& version) {
        const std::string directory = "image/" + name;
        workspace_.write(directory + "/version", version);
        workspace_.write(directory + "/Dockerfile", "FROM scratch\nCOPY version /version\n");
        docker_output({"build", "-q", "-t", image(name), workspace_.path(directory).string()});
        docker_output({"push", "-q", image(name)});
    }
    json check() const {
        const RunResult result =
            run({TEAL_CLI_PATH, "upgrade", "check", "--json", "--timeout", "20", "-C",
                 workspace_.path("shop").string(), "--table", workspace_.path("table").string()});
        INFO(result.out << result.err);
        REQUIRE(result.exit_code == 0);
        json images;
        const json answer = json::parse(result.out);
        for (const json& one : answer["images"]) {
            images[one["service"].get<std::string>()] = one;
        }
        return images;
    }
    std::string text() const {
        return run({TEAL_CLI_PATH, "upgrade", "check", "-C", workspace_.path("shop").string()}).out;
    }
    void stop_registry() { process_.reset(); }

private:
    Workspace workspace_{"registry"};
    std::uint16_t port_;
    std::string registry_;
    std::unique_ptr<Process> process_{};
};

}  // namespace

TEST_CASE("an image is newer when its registry has another version under its name",
          "[docker][updates]") {
    Site site;
    site.publish("web", "one");
    site.publish("db", "one");
    json images = site.check();
    INFO(images.dump(1));
    CHECK(images["web"]["state"] == "current");
    CHECK(images["db"]["state"] == "current");
    CHECK(images["db"]["shared"] == true);
    CHECK_FALSE(images["web"]["local"].is_null());
    CHECK(images["web"]["local"] == images["web"]["remote"]);
    CHECK(images["gone"]["state"] == "unknown");
    CHECK_THAT(images["gone"]["reason"].get<std::string>(), ContainsSubstring("127.0.0.1:1"));

    const std::string first =
        docker_output({"image", "inspect", "--format", "{{.Id}}", site.image("web")});
    site.publish("web", "two");
    CHECK(site.check()["web"]["state"] == "current");  // it is here as well
    docker_output({"tag", first, site.image("web")});
    images = site.check();
    INFO(images.dump(1));
    CHECK(images["web"]["state"] == "newer");
    CHECK(images["web"]["local"] != images["web"]["remote"]);
    CHECK(images["db"]["state"] == "current");
    CHECK_THAT(site.text(), ContainsSubstring("teal upgrade perform --pull"));
    // Nothing was pulled by asking.
    CHECK(docker_output({"image", "inspect", "--format", "{{.Id}}", site.image("web")}) == first);

    docker_output({"pull", "-q", site.image("web")});
    CHECK(site.check()["web"]["state"] == "current");
    docker_output({"image", "rm", "-f", site.image("web")});
    images = site.check();
    CHECK(images["web"]["state"] == "newer");
    CHECK(images["web"]["reason"] == "not pulled yet");

    site.stop_registry();
    images = site.check();
    INFO(images.dump(1));
    CHECK(images["web"]["state"] == "unknown");
    CHECK(images["db"]["state"] == "unknown");
    CHECK_FALSE(images["db"]["reason"].get<std::string>().empty());
}

TEST_CASE("an image for several platforms is current when the one for this engine is",
          "[docker][updates]") {
    Site site;
    site.publish("db", "one");
    site.publish("web", "another");
    // The name "web" becomes a list with db's image in it.
    docker_output({"manifest", "create", "--insecure", site.image("web"), site.image("db")});
    docker_output({"manifest", "push", "--insecure", "--purge", site.image("web")});
    json images = site.check();
    INFO(images.dump(1));
    CHECK(images["web"]["state"] == "newer");
    docker_output({"pull", "-q", site.image("web")});
    images = site.check();
    INFO(images.dump(1));
    CHECK(images["web"]["state"] == "current");
}
