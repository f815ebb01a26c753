#include "cli/stack/stack.hpp"

#include "cli/error.hpp"

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

}  // namespace teal::cli
