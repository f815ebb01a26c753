#include "cli/database/target.hpp"

#include "cli/database/connection_uri.hpp"
#include "cli/error.hpp"
#include "cli/files/durable_file.hpp"
#include "cli/stack/procfile/dotenv.hpp"
#include "cli/suggestion.hpp"

#include <algorithm>
#include <array>

namespace teal::cli::database {
namespace {

bool is_uri(const std::string& text) {
    return text.find("://") != std::string::npos;
}

std::unique_ptr<Server> at(const std::string& where, const std::string& uri,
                           const TargetOptions& options) {
    if (options.database.empty() || is_uri(options.database)) {
        return server_at(where, uri, "");
    }
    return server_at(where, uri, options.database);
}

std::string url_of_env_file(const Settings& settings) {
    const std::filesystem::path file = settings.directory / ".env";
    const std::optional<std::string> text = read_if_exists(file);
    std::string url;
    for (const auto& [name, value] : text ? parse_dotenv(file, *text) : Environment{}) {
        url = name == "DATABASE_URL" ? value : url;
    }
    return url;
}

std::unique_ptr<Server> in_service(Stack& stack, const Service& service,
                                   const std::string& database) {
    if (!service.shared) {
        throw wrong_input("service " + service.name + " is not shared: each color has its own",
                          "label it teal.shared: \"true\" (its data would be each color's "
                          "otherwise), or name one: --database URI");
    }
    for (const Instance& instance : stack.shared_instances()) {
        if (instance.service == service.name && instance.state == InstanceState::running) {
            return server_in_container(service.name, instance.name, database);
        }
    }
    throw nothing_there("service " + service.name + " does not run",
                        "teal upgrade perform starts it; teal logs " + service.name);
}

const Service& service_named(const StackDefinition& definition, const std::string& name) {
    if (const Service* service = definition.find(name)) {
        return *service;
    }
    std::vector<std::string> known;
    for (const Service& service : definition.services) {
        known.push_back(service.name);
    }
    throw wrong_input("there is no service \"" + name + "\"" + did_you_mean(name, known),
                      "choose one of: " + listed(known));
}

const Service* only_service(const StackDefinition& definition) {
    const std::vector<const Service*> found = database_services(definition);
    if (found.size() > 1) {
        std::vector<std::string> names;
        for (const Service* service : found) {
            names.push_back(service->name);
        }
        throw wrong_input("several services could be the database: " + listed(names),
                          "say which: --service " + names.front() +
                              ", or for good: label teal.database: \"true\", or [database] "
                              "service in teal.toml");
    }
    return found.empty() ? nullptr : found.front();
}

}  // namespace

std::unique_ptr<Server> open_server(const Settings& settings, Stack* stack,
                                    const TargetOptions& options) {
    const std::string name = is_uri(options.database) ? "" : options.database;
    if (is_uri(options.database)) {
        if (!options.service.empty()) {
            throw wrong_input("--service together with a URI", "use one of them");
        }
        return server_at("--database", options.database, "");
    }
    const std::string service = !options.service.empty()        ? options.service
                                : settings.database_url.empty() ? settings.database_service
                                                                : "";
    if (service.empty() && !settings.database_url.empty()) {
        return at(settings.database_url_from, settings.database_url, options);
    }
    const bool compose = stack != nullptr && stack->definition().kind == StackKind::compose;
    if (!service.empty()) {
        if (!compose) {
            throw wrong_input("service " + service + ": there is no compose project here",
                              "name the database by its URI: --database, or DATABASE_URL");
        }
        return in_service(*stack, service_named(stack->definition(), service), name);
    }
    if (const Service* found = compose ? only_service(stack->definition()) : nullptr) {
        return in_service(*stack, *found, name);
    }
    if (const std::string url = url_of_env_file(settings); !url.empty()) {
        return at("DATABASE_URL of .env", url, options);
    }
    throw nothing_there("no database is known" +
                            std::string(compose ? ": no service has an image of PostgreSQL" : ""),
                        compose ? "label one teal.database: \"true\", or use --database URI"
                                : "use --database URI, DATABASE_URL, or [database] url in "
                                  "teal.toml");
}

bool is_postgres_image(const std::string& image) {
    std::string name = image.substr(0, image.find('@'));
    name = name.substr(name.rfind('/') == std::string::npos ? 0 : name.rfind('/') + 1);
    name = name.substr(0, name.find(':'));
    constexpr std::array kNames{"postgres",    "postgresql",     "postgis",
                                "timescaledb", "timescaledb-ha", "pgvector"};
    return std::any_of(kNames.begin(), kNames.end(), [&](const std::string& known) {
        return name == known || name.ends_with("-" + known) || name.ends_with("_" + known);
    });
}

std::vector<const Service*> database_services(const StackDefinition& definition) {
    std::vector<const Service*> labelled;
    std::vector<const Service*> by_image;
    for (const Service& service : definition.services) {
        if (service.database.value_or(false)) {
            labelled.push_back(&service);
        }
        const std::string& image = service.image.empty() ? service.name : service.image;
        if (service.database.value_or(true) && is_postgres_image(image)) {
            by_image.push_back(&service);
        }
    }
    return labelled.empty() ? by_image : labelled;
}

}  // namespace teal::cli::database
