#include "cli/error.hpp"
#include "cli/stack/compose/image_inspection.hpp"
#include "cli/stack/compose/images.hpp"
#include "cli/updates/registry.hpp"
#include "cli/updates/updates.hpp"

#include <algorithm>
#include <future>
#include <map>

namespace teal::cli {
namespace {

using compose::ImageFacts;

struct Question {
    std::string image{};
    std::optional<ImageFacts> here{};
    std::string problem{};
    std::future<RegistryAnswer> answer{};
};

std::string digest_alone(const std::string& reference) {
    const std::size_t at = reference.find('@');
    return at == std::string::npos ? std::string() : reference.substr(at + 1);
}

void look_here(Question& question) {
    try {
        const auto found = compose::inspect_images({question.image});
        if (const auto facts = found.find(question.image); facts != found.end()) {
            question.here = facts->second;
        }
    } catch (const Error& error) {
        question.problem = error.what();
    }
}

void compare(const Registries& registries, const Question& question, const RegistryAnswer& there,
             ImageUpdate& update) {
    update.remote = there.digest;
    if (!question.here) {
        update.state = UpdateState::newer;
        update.reason = "not pulled yet";
        return;
    }
    const ImageFacts& here = *question.here;
    update.local = digest_alone(compose::digest_for(question.image, here.digests));
    bool same = there.has(here.id) || there.has(update.local);
    if (!same && there.is_list) {
        const std::string list = registries.list_digest(question.image);
        same = !list.empty() && (list == update.local || list == here.id);
        update.remote = list.empty() ? update.remote : list;
    }
    update.local = update.local.empty() ? here.id : update.local;
    update.state = same ? UpdateState::current : UpdateState::newer;
}

ImageUpdate update_of(const Service& service) {
    ImageUpdate update;
    update.service = service.name;
    update.shared = service.shared;
    update.image = service.image;
    if (service.built) {
        update.state = UpdateState::fixed;
        update.reason = "built here: teal upgrade perform --build";
    } else if (!digest_alone(service.image).empty()) {
        update.state = UpdateState::fixed;
        update.reason = "named by its digest";
        update.local = digest_alone(service.image);
    }
    return update;
}

}  // namespace

std::vector<ImageUpdate> image_updates(const StackDefinition& definition,
                                       std::chrono::milliseconds patience) {
    std::vector<ImageUpdate> updates;
    if (definition.kind != StackKind::compose) {
        return updates;
    }
    const Registries registries(patience);
    std::map<std::string, Question> questions;
    for (const Service& service : definition.services) {
        updates.push_back(update_of(service));
        if (updates.back().state == UpdateState::unknown) {
            questions[service.image].image = service.image;
        }
    }
    // Registries are far away: all at once.
    for (auto& [image, question] : questions) {
        look_here(question);
        question.answer = std::async(std::launch::async,
                                     [&registries, name = image] { return registries.ask(name); });
    }
    for (auto& [image, question] : questions) {
        const RegistryAnswer answer = question.answer.get();
        for (ImageUpdate& update : updates) {
            if (update.state != UpdateState::unknown || update.image != image) {
                continue;
            }
            update.reason = question.problem.empty() ? answer.problem : question.problem;
            if (update.reason.empty()) {
                compare(registries, question, answer, update);
            }
        }
    }
    return updates;
}

}  // namespace teal::cli
