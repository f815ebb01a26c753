// An error as the user gets to see it: the thing and the value in `what()`, what to do about it in
// `next_step()`, and what the process returns.
#pragma once

#include "cli/exit_codes.hpp"

#include <stdexcept>
#include <string>
#include <utility>

namespace teal::cli {

class Error : public std::runtime_error {
public:
    Error(ExitCode code, const std::string& what, std::string next_step)
        : std::runtime_error(what), code_(code), next_step_(std::move(next_step)) {}

    ExitCode code() const { return code_; }
    const std::string& next_step() const { return next_step_; }

private:
    ExitCode code_;
    std::string next_step_;
};

// A wrong command line or value: nothing has been changed.
inline Error wrong_input(const std::string& what, std::string next_step) {
    return {ExitCode::usage, what, std::move(next_step)};
}

inline Error failure(const std::string& what, std::string next_step) {
    return {ExitCode::failed, what, std::move(next_step)};
}

inline Error nothing_there(const std::string& what, std::string next_step) {
    return {ExitCode::nothing_there, what, std::move(next_step)};
}

}  // namespace teal::cli
