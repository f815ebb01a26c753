#include "cli/stack/definition.hpp"

namespace teal::cli {
namespace {

template <typename Predicate>
std::vector<const Service*> chosen(const std::vector<Service>& services, Predicate predicate) {
    std::vector<const Service*> found;
    for (const Service& service : services) {
        if (predicate(service)) {
            found.push_back(&service);
        }
    }
    return found;
}

}  // namespace

const Service* StackDefinition::find(const std::string& name) const {
    for (const Service& service : services) {
        if (service.name == name) {
            return &service;
        }
    }
    return nullptr;
}

std::vector<const Service*> StackDefinition::color_services() const {
    return chosen(services, [](const Service& service) { return !service.shared; });
}

std::vector<const Service*> StackDefinition::shared_services() const {
    return chosen(services, [](const Service& service) { return service.shared; });
}

std::vector<const Service*> StackDefinition::entries() const {
    return chosen(services,
                  [](const Service& service) { return !service.shared && service.entry; });
}

}  // namespace teal::cli
