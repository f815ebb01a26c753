// How sure a share of failures is: Wilson's interval, which is honest for few attempts and for none
// that failed. Source: Wilson 1927, doi:10.1080/01621459.1927.10502953.
#pragma once

#include <cstdint>

namespace teal::cli {

struct ShareInterval {
    double low = 0;
    double high = 1;
};

// 95 %. REQUIRES: bad <= attempts. Without attempts: 0 to 1.
ShareInterval share_interval(std::uint64_t bad, std::uint64_t attempts);

}  // namespace teal::cli
