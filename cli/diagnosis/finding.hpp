// What `teal doctor` finds: one line each, with a remedy where there is something to mend.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace teal::cli {

enum class Severity { ok, warning, problem };

struct Finding {
    Severity severity;
    std::string subject;  // "table", "lock", "workers", …
    std::string text;
    std::string remedy;  // empty: nothing to do
};

class Findings {
public:
    void ok(const std::string& subject, std::string text) {
        list_.push_back({Severity::ok, subject, std::move(text), {}});
    }
    void warning(const std::string& subject, std::string text, std::string remedy) {
        list_.push_back({Severity::warning, subject, std::move(text), std::move(remedy)});
    }
    void problem(const std::string& subject, std::string text, std::string remedy) {
        list_.push_back({Severity::problem, subject, std::move(text), std::move(remedy)});
    }

    const std::vector<Finding>& list() const { return list_; }
    std::size_t count(Severity severity) const {
        std::size_t found = 0;
        for (const Finding& finding : list_) {
            found += finding.severity == severity ? 1u : 0u;
        }
        return found;
    }

private:
    std::vector<Finding> list_;
};

}  // namespace teal::cli
