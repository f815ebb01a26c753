// The file whose lines sign sticky cookies: made by `teal init`, read by nginx's master and by
// `teal traffic explain`.
#pragma once

#include "shared/sticky/cookie.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace teal::cli {

// Makes the file with one new secret (256 bits, hex), mode 0600, unless it exists; atomic. Returns
// whether it was made. Throws Error.
bool make_secret_if_absent(const std::string& path);

struct SecretFile {
    std::vector<sticky::Signer> signers;  // at most two, as nginx takes them
    std::string problem;                  // why there are none
    std::uint32_t mode = 0;
    std::size_t shortest_bytes = 0;
};
SecretFile read_secret_file(const std::string& path);

// A number nobody can guess, from the kernel. Throws Error.
std::uint64_t random_number();

}  // namespace teal::cli
