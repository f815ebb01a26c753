// A TCP port on loopback that nobody else takes while this object lives.
//
// Binding port 0 and closing again is not enough: the kernel hands the same port to the next
// outgoing connection, and a load generator opens thousands. So the port is chosen below the
// ephemeral range, and held against other test processes by an abstract unix socket named after it:
// those live in the network namespace, exactly as ports do, and vanish with a killed process.
#pragma once

#include <cstdint>

#include "tests/harness/unique_fd.hpp"

namespace teal::harness {

class PortReservation {
public:
    // Takes a port that is free on 127.0.0.1 and ::1. Throws std::runtime_error when there is none.
    PortReservation();

    std::uint16_t port() const { return port_; }

private:
    UniqueFd name_;
    std::uint16_t port_ = 0;
};

}  // namespace teal::harness
