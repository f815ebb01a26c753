#include "tests/integration/control_plane.hpp"

#include <sys/stat.h>

#include <cmath>
#include <stdexcept>

#include "shared/table/writing/lock.hpp"
#include "tests/harness/wait.hpp"

namespace teal::integration {

ControlPlane::ControlPlane(std::uint32_t split_capacity) {
    ::chmod(directory_.path().c_str(), 0755);
    table::create_table(table, split_capacity);
}

table::TableImage ControlPlane::image() const {
    table::TableImage image;
    fixtures::open_and_read(table, image);
    return image;
}

table::Publication ControlPlane::publish(const Edit& edit) const {
    table::WriterLock lock;
    const std::string refused =
        lock.acquire(table + ".lock", std::chrono::seconds(10), "integration test");
    if (!refused.empty()) {
        throw std::runtime_error(refused);
    }
    table::TableImage image = this->image();
    edit(image);
    for (table::SplitImage& split : image.splits) {
        split.apply_weights();
    }
    return table::publish(table, saved, image);
}

table::Publication ControlPlane::apply(const Edit& edit) const {
    const table::Publication made = publish(edit);
    wait_applied(made.generation);
    return made;
}

table::Publication ControlPlane::set(const std::string& split, const Percents& percents) const {
    return apply([&](table::TableImage& image) {
        for (const auto& [variant, percent] : percents) {
            image.find(split)->find(variant)->weight_ppm =
                static_cast<std::uint32_t>(std::lround(percent * 10'000));
        }
    });
}

table::Publication ControlPlane::set_state(const std::string& split, const std::string& variant,
                                           table::VariantState state) const {
    return apply(
        [&](table::TableImage& image) { image.find(split)->find(variant)->state = state; });
}

table::Publication ControlPlane::set_endpoints(const std::string& split, const std::string& variant,
                                               const std::vector<std::string>& addresses) const {
    return apply([&](table::TableImage& image) {
        auto& endpoints = image.find(split)->find(variant)->endpoints;
        endpoints.clear();
        for (const std::string& address : addresses) {
            endpoints.push_back(
                fixtures::endpoint(address, static_cast<std::uint32_t>(endpoints.size())));
        }
    });
}

void ControlPlane::wait_applied(std::uint64_t generation,
                                std::chrono::milliseconds deadline) const {
    const counters::File file = counters_file();
    harness::wait_until(
        [&] {
            const counters::Applied applied = counters::applied(file, generation);
            return applied.workers != 0 && applied.on_it == applied.workers;
        },
        deadline, "generation " + std::to_string(generation) + " applied by all workers");
}

counters::File ControlPlane::counters_file(Access access) const {
    counters::File file;
    int error = 0;
    const counters::Opened opened = file.open(counters.c_str(), access, &error);
    if (opened != counters::Opened::ok) {
        throw std::runtime_error(counters + ": " + counters::opened_text(opened));
    }
    return file;
}

counters::VariantCounters ControlPlane::counts(const std::string& split,
                                               const std::string& variant) const {
    counters::VariantCounters sum{};
    const counters::File file = counters_file();
    const std::uint32_t s = counters::find_split(file, split.c_str());
    const std::uint32_t v = s == counters::kNotFound
                                ? counters::kNotFound
                                : counters::find_variant(file, s, variant.c_str());
    if (v != counters::kNotFound) {
        counters::add_up(file, counters::live_slots(file), v, sum);
    }
    return sum;
}

counters::VariantCounters ControlPlane::settled(const std::string& split,
                                                const std::string& variant) const {
    counters::VariantCounters sum{};
    harness::wait_until(
        [&] {
            sum = counts(split, variant);
            return counters::in_flight(sum) == 0;
        },
        std::chrono::seconds(10), "nothing of " + split + "/" + variant + " in flight");
    return sum;
}

}  // namespace teal::integration
