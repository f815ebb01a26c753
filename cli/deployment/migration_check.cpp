#include "cli/deployment/migration_check.hpp"

#include "cli/migration/linter.hpp"
#include "cli/migration/migration_files.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace teal::cli {
namespace {

namespace fs = std::filesystem;
using migration::Finding;
using migration::Severity;

constexpr std::size_t kNamed = 3;  // findings in one sentence

std::string name_below(const fs::path& directory, const std::string& path) {
    return fs::path(path).lexically_relative(directory).string();
}

bool counts(const Finding& finding) {
    return finding.ignored.empty() && finding.severity != Severity::warning;
}

}  // namespace

migration::LintOptions lint_options(const Settings& settings) {
    return {.assume_in_transaction = settings.migrations_in_transaction,
            .server_version = static_cast<int>(settings.migrations_pg_version)};
}

MigrationCheck check_new_migrations(const fs::path& directory,
                                    const std::optional<std::vector<std::string>>& known,
                                    const migration::LintOptions& how) {
    MigrationCheck check;
    check.directory = directory.string();
    check.how = how;
    if (directory.empty() || migration_names(directory).empty()) {
        return check;
    }
    migration::Linter linter(how);
    for (const auto& source : migration::read_migration_files({directory.string()}).sources) {
        linter.lint(source);
    }
    for (const migration::FileReport& file : linter.report().files) {
        MigrationStep step;
        step.name = name_below(directory, file.file);
        step.deployed = known && std::find(known->begin(), known->end(), step.name) != known->end();
        step.marked_contract = file.marked_contract;
        step.phases = file.phases;
        for (const Finding& finding : linter.report().findings) {
            if (finding.file != file.file || !counts(finding)) {
                continue;
            }
            ++(finding.severity == Severity::error ? step.errors : step.unknown);
            if (!step.deployed) {
                check.findings.push_back(finding);
            }
        }
        check.steps.push_back(std::move(step));
    }
    return check;
}

std::vector<std::string> migration_names(const fs::path& directory) {
    std::vector<std::string> names;
    if (directory.empty()) {
        return names;
    }
    std::size_t skipped = 0;
    for (const std::string& path : migration::migration_paths(directory.string(), skipped)) {
        names.push_back(name_below(directory, path));
    }
    return names;
}

std::string MigrationCheck::problem(const std::string& serving) const {
    const auto unsafe = std::count_if(steps.begin(), steps.end(), [](const MigrationStep& step) {
        return !step.deployed && !step.safe();
    });
    std::string text = fmt::format("{} new migration{} not safe while {} serves: ", unsafe,
                                   unsafe == 1 ? " is" : "s are", serving);
    for (std::size_t i = 0; i < std::min(findings.size(), kNamed); ++i) {
        const Finding& finding = findings[i];
        text +=
            fmt::format("{}{}:{}:{} {}", i == 0 ? "" : ", ", name_below(directory, finding.file),
                        finding.position.line, finding.position.column, facts_of(finding.rule).id);
    }
    return text +
           (findings.size() > kNamed ? fmt::format(" and {} more", findings.size() - kNamed) : "");
}

std::string MigrationCheck::remedy() const {
    return std::string("teal db lint ") +
           (how.assume_in_transaction ? "--assume-in-transaction " : "") +
           (how.server_version != migration::LintOptions{}.server_version
                ? fmt::format("--pg-version {} ", how.server_version)
                : "") +
           directory + "; or --allow-unsafe-migrations REASON";
}

}  // namespace teal::cli
