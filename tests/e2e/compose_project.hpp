// A small compose project of a test's own on the real engine, and a ComposeStack on it. Its names
// are unique; everything it made in docker goes away with it.
#pragma once

#include "cli/stack/compose/compose_stack.hpp"
#include "tests/harness/docker_engine.hpp"
#include "tests/harness/workspace.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace teal::e2e {

// What a stack told, for messages.
class RecordedProgress : public cli::Progress {
public:
    void phase(const std::string& name) override { add("== " + name); }
    void service(const std::string& name, const std::string& state) override {
        add(name + ": " + state);
    }
    void note(const std::string& text) override { add(text); }
    void warning(const std::string& text) override { add("warning: " + text); }
    void detail(const std::string& line) override { add("  " + line); }
    const std::string& text() const { return text_; }

private:
    void add(const std::string& line) { text_ += line + "\n"; }
    std::string text_{};
};

class ComposeProject {
public:
    // `directory` is the project's, inside a private one; any characters.
    explicit ComposeProject(const std::string& directory = "project");
    ~ComposeProject();
    ComposeProject(const ComposeProject&) = delete;
    ComposeProject& operator=(const ComposeProject&) = delete;

    const std::string& name() const { return name_; }
    const std::filesystem::path& directory() const { return directory_; }
    cli::Settings& settings() { return settings_; }
    cli::Progress& progress() { return progress_; }
    const std::string& told() const { return progress_.text(); }

    // Files of the project. A text of a compose file has NAME where the project's name has to be.
    void write(const std::string& file, std::string text);
    // web (built, entry on port 3000, `replicas` of it, answers with `version` and its container),
    // worker (from an image) and db (shared by its volume, alias "database").
    void write_usual(const std::string& version, int replicas = 2);

    // A new stack on the files as they are now.
    cli::Stack& open();
    cli::Stack& stack() { return *stack_; }

    // Writes a snapshot of the color, fetches its images, starts the shared services and the color.
    cli::SnapshotRef deploy(cli::Color color, const std::string& id);
    cli::SnapshotRef write_snapshot(const std::string& id,
                                    const std::vector<cli::SnapshotFile>& files);
    // Images of the last deploy().
    const std::vector<cli::ImageRecord>& images() const { return images_; }

    // Waits until every instance of the color that is wanted runs and is healthy; fails else.
    std::vector<cli::Instance> running(cli::Color color);

private:
    harness::Workspace workspace_;
    std::string name_;
    std::filesystem::path directory_;
    cli::Settings settings_{};
    RecordedProgress progress_{};
    std::unique_ptr<cli::Stack> stack_{};
    std::vector<cli::ImageRecord> images_{};
};

// What an address answers to GET /, asked from this machine; empty when it does not.
std::string answer_of(const std::string& address);
// What a container says to a command, without newlines at the end; empty when the command fails.
std::string inside(const std::string& container, std::vector<std::string> command);
// The IP addresses that a name has inside a container.
std::string resolved_in(const std::string& container, const std::string& name);

}  // namespace teal::e2e
