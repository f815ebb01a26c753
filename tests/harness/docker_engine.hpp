// A docker engine for tests: the one that runs, or one that is started for this process and stopped
// with it. A test that needs one and cannot have it fails; it is never skipped.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "tests/harness/process.hpp"

namespace teal::harness {

// The image that tests build on; made with build-support/make-base-image when it is not there.
inline constexpr char kBaseImage[] = "debian:bookworm-slim";

// Returns once an engine answers and has the base image; at once after the first time. Throws
// std::runtime_error with what dockerd said. REQUIRES: called from the main thread, because what a
// thread started ends with it.
void need_docker_engine();

// `docker` and the arguments, whatever they do.
RunResult docker(std::vector<std::string> arguments,
                 std::chrono::milliseconds timeout = std::chrono::minutes(2));
// Its output without the newlines at the end. Throws std::runtime_error with what docker said when
// it fails.
std::string docker_output(std::vector<std::string> arguments,
                          std::chrono::milliseconds timeout = std::chrono::minutes(2));

}  // namespace teal::harness
