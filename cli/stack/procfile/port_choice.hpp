// Free loopback ports for processes, chosen so that two stacks never get the same one.
//
// Not by binding port 0: that gives a port of the range from which the kernel also takes the local
// ends of outgoing connections, nginx's to the very same processes among them. Between the crash
// and the restart of a process its port would be lost to such a connection sooner or later. Ports
// below that range are only taken by those who ask for them by number.
// A choice is held by an abstract unix socket of that number: it exists once in the network
// namespace, as the port does, needs no file, is inherited, and is gone with its last holder.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

namespace teal::cli {

class PortReservation {
public:
    PortReservation() = default;
    PortReservation(std::uint16_t port, int descriptor) : port_(port), descriptor_(descriptor) {}
    ~PortReservation();
    PortReservation(PortReservation&& other) noexcept
        : port_(std::exchange(other.port_, 0)), descriptor_(std::exchange(other.descriptor_, -1)) {}
    PortReservation& operator=(PortReservation&& other) noexcept;

    std::uint16_t port() const { return port_; }
    int descriptor() const { return descriptor_; }  // close-on-exec

private:
    std::uint16_t port_ = 0;
    int descriptor_ = -1;
};

// A port that nobody listens on and nobody else of ours holds. Throws Error when there is none.
PortReservation choose_port();
// That very port, if it can be had.
std::optional<PortReservation> reserve_port(std::uint16_t port);
// That port without a look at who listens there: of a process that runs already. Not held when
// somebody else holds it.
PortReservation hold_port(std::uint16_t port);
// Whether a server could listen there now, on loopback and on all addresses.
bool is_free(std::uint16_t port);

}  // namespace teal::cli
