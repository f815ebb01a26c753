// A service and a caller made with the gRPC library itself. Nothing is generated: a message is
// bytes, a method is a name. The library's headers stay in the source file, they take seconds.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "tests/harness/endpoint.hpp"

namespace teal::integration {

// Answers each message of a call, unary or a stream, with "NAME: message". The message "refuse"
// ends the call with NOT_FOUND and the details "NAME has none".
class GrpcService {
public:
    explicit GrpcService(const std::string& name);
    ~GrpcService();

    std::string address() const;
    int calls() const;  // that arrived
    void kill();        // cuts every open call and stops listening

private:
    struct Server;
    std::unique_ptr<Server> server_;
};

// What became of a call.
struct GrpcAnswer {
    int status = -1;      // as in grpc::StatusCode, 0 is OK
    std::string details;  // of the status
    std::string message;  // of a unary call
    std::string variant;  // nginx's X-Variant
};

// A bidirectional stream.
class GrpcStream {
public:
    struct Call;
    explicit GrpcStream(std::unique_ptr<Call> call);
    ~GrpcStream();

    // Sends the message and waits for its answer; nothing when the stream was cut.
    std::optional<std::string> exchange(const std::string& message);
    // Says that no more messages come, and waits for the status.
    GrpcAnswer finish();

private:
    std::unique_ptr<Call> call_;
};

// One HTTP/2 connection, however many calls are made. `pin` and `key` are sent as X-Pin and X-Key
// unless they are empty. A call fails with DEADLINE_EXCEEDED after 20 s.
class GrpcCaller {
public:
    explicit GrpcCaller(const harness::Endpoint& front);
    ~GrpcCaller();

    GrpcAnswer call(const std::string& message, const std::string& pin = {},
                    const std::string& key = {});
    GrpcStream open_stream(const std::string& pin = {});

private:
    struct Channel;
    std::unique_ptr<Channel> channel_;
};

}  // namespace teal::integration
