#include "cli/stack/stack.hpp"

#include "cli/error.hpp"
#include "cli/stack/replacing.hpp"

namespace teal::cli {

StackInstances Stack::all_instances() {
    StackInstances found;
    const auto put = [&](std::vector<Instance>& part, auto look) {
        try {
            part = look();
        } catch (const Error& error) {
            found.problem = found.problem.empty() ? error.what() : found.problem;
        }
    };
    put(found.blue, [&] { return instances(Color::blue); });
    put(found.green, [&] { return instances(Color::green); });
    put(found.shared, [&] { return shared_instances(); });
    return found;
}

std::unique_ptr<Replacing> Stack::replacing(Color, const SnapshotRef&, const SnapshotRef&,
                                            const std::vector<SnapshotFile>&) {
    throw wrong_input("services of " + project() + " cannot be replaced one by one",
                      "deploy the whole: teal upgrade perform");
}

}  // namespace teal::cli
