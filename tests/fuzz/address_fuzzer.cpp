// Addresses of any content: what is accepted has one canonical text, which is accepted again as the
// same endpoint; what is refused is refused with a reason.
#include "shared/table/writing/address.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

using namespace teal::table;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    std::string error;
    const auto endpoint = parse_endpoint(text, error);
    if (!endpoint) {
        return error.empty() ? (std::abort(), 0) : 0;
    }
    const std::string_view canonical = text_of(*endpoint);
    const bool printable = std::none_of(canonical.begin(), canonical.end(),
                                        [](char c) { return c == '\0' || c == '\n'; });
    const auto again = parse_endpoint(canonical, error);
    if (!printable || canonical.size() > kEndpointTextBytes || !again ||
        std::memcmp(&*endpoint, &*again, sizeof(Endpoint)) != 0) {
        std::abort();
    }
    return 0;
}
