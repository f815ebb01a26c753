// SHA-256 of what comes in pieces.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace teal::cli {

class Sha256 {
public:
    Sha256();  // throws Error when OpenSSL has none
    void add(std::string_view bytes);
    // Lower-case hexadecimal. Once, at the end.
    std::string hex();

private:
    struct Free {
        void operator()(void* state) const;
    };
    std::unique_ptr<void, Free> state_;
};

}  // namespace teal::cli
