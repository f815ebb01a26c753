#include "tests/integration/grpc_peer.hpp"

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/slice.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <vector>

namespace teal::integration {
namespace {

constexpr char kMethod[] = "/echo.Echo/Echo";
constexpr auto kLongestCall = std::chrono::seconds(20);

grpc::ByteBuffer bytes_of(const std::string& text) {
    const grpc::Slice slice(text);
    return {&slice, 1};
}

std::string text_of(const grpc::ByteBuffer& bytes) {
    std::vector<grpc::Slice> slices;
    std::string text;
    if (bytes.Dump(&slices).ok()) {
        for (const grpc::Slice& slice : slices) {
            text.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
        }
    }
    return text;
}

// One call at the service. The library calls one reaction after the other, and deletes it by
// OnDone.
class Conversation : public grpc::ServerGenericBidiReactor {
public:
    explicit Conversation(const std::string& name) : name_(name) { StartRead(&heard_); }

    void OnReadDone(bool ok) override {
        const std::string text = ok ? text_of(heard_) : std::string();
        if (!ok) {
            Finish(grpc::Status::OK);  // the caller has said all
        } else if (text == "refuse") {
            Finish({grpc::StatusCode::NOT_FOUND, name_ + " has none"});
        } else {
            said_ = bytes_of(name_ + ": " + text);
            StartWrite(&said_);
        }
    }
    void OnWriteDone(bool ok) override {
        if (ok) {
            heard_.Clear();
            StartRead(&heard_);
        } else {
            Finish({grpc::StatusCode::CANCELLED, "the caller is gone"});
        }
    }
    void OnDone() override { delete this; }

private:
    const std::string& name_;
    grpc::ByteBuffer heard_;
    grpc::ByteBuffer said_;
};

class Echo : public grpc::CallbackGenericService {
public:
    explicit Echo(std::string name) : name_(std::move(name)) {}
    grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext*) override {
        ++calls_;
        return new Conversation(name_);
    }
    int calls() const { return calls_; }

private:
    std::string name_;
    std::atomic<int> calls_{0};
};

}  // namespace

struct GrpcService::Server {
    explicit Server(const std::string& name) : echo(name) {
        grpc::ServerBuilder builder;
        builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
        builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
        builder.RegisterCallbackGenericService(&echo);
        server = builder.BuildAndStart();
        if (server == nullptr || port == 0) {
            throw std::runtime_error("the gRPC library cannot listen on 127.0.0.1");
        }
    }

    Echo echo;
    int port = 0;
    std::unique_ptr<grpc::Server> server;
};

GrpcService::GrpcService(const std::string& name) : server_(std::make_unique<Server>(name)) {}

GrpcService::~GrpcService() {
    kill();
}

std::string GrpcService::address() const {
    return "127.0.0.1:" + std::to_string(server_->port);
}

int GrpcService::calls() const {
    return server_->echo.calls();
}

void GrpcService::kill() {
    server_->server->Shutdown(std::chrono::system_clock::now());
    server_->server->Wait();
}

// Every call has a queue of its own with one operation at a time in it.
struct GrpcStream::Call {
    Call(const std::string& pin, const std::string& key) {
        if (!pin.empty()) {
            context.AddMetadata("x-pin", pin);
        }
        if (!key.empty()) {
            context.AddMetadata("x-key", key);
        }
        context.set_deadline(std::chrono::system_clock::now() + kLongestCall);
    }
    ~Call() {
        queue.Shutdown();
        void* tag = nullptr;
        bool ok = false;
        while (queue.Next(&tag, &ok)) {
        }
    }
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

    void* tag() { return this; }
    bool wait() {
        void* done = nullptr;
        bool ok = false;
        return queue.Next(&done, &ok) && ok;
    }
    GrpcAnswer answer() const {
        GrpcAnswer answer{status.error_code(), status.error_message(), text_of(heard), {}};
        // An answer without a message has its headers among the trailers.
        for (const auto* fields :
             {&context.GetServerInitialMetadata(), &context.GetServerTrailingMetadata()}) {
            if (const auto variant = fields->find("x-variant"); variant != fields->end()) {
                answer.variant.assign(variant->second.data(), variant->second.size());
            }
        }
        return answer;
    }

    grpc::CompletionQueue queue;
    grpc::ClientContext context;
    grpc::Status status;
    grpc::ByteBuffer heard;
    std::unique_ptr<grpc::GenericClientAsyncReaderWriter> stream;  // not of a unary call
};

GrpcStream::GrpcStream(std::unique_ptr<Call> call) : call_(std::move(call)) {}

GrpcStream::~GrpcStream() {
    call_->context.TryCancel();
}

std::optional<std::string> GrpcStream::exchange(const std::string& message) {
    call_->stream->Write(bytes_of(message), call_->tag());
    if (!call_->wait()) {
        return std::nullopt;
    }
    call_->heard.Clear();
    call_->stream->Read(&call_->heard, call_->tag());
    return call_->wait() ? std::optional(text_of(call_->heard)) : std::nullopt;
}

GrpcAnswer GrpcStream::finish() {
    call_->stream->WritesDone(call_->tag());
    call_->wait();
    call_->stream->Finish(&call_->status, call_->tag());
    call_->wait();
    return call_->answer();
}

struct GrpcCaller::Channel {
    explicit Channel(const std::string& address) {
        grpc::ChannelArguments arguments;
        arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
        // Otherwise channels to one address share their connection.
        arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
        stub = std::make_unique<grpc::GenericStub>(
            grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments));
    }

    std::unique_ptr<grpc::GenericStub> stub;
};

GrpcCaller::GrpcCaller(const harness::Endpoint& front)
    : channel_(std::make_unique<Channel>(front.text())) {}

GrpcCaller::~GrpcCaller() = default;

GrpcAnswer GrpcCaller::call(const std::string& message, const std::string& pin,
                            const std::string& key) {
    GrpcStream::Call call(pin, key);
    const auto reply =
        channel_->stub->PrepareUnaryCall(&call.context, kMethod, bytes_of(message), &call.queue);
    reply->StartCall();
    reply->Finish(&call.heard, &call.status, call.tag());
    call.wait();
    return call.answer();
}

GrpcStream GrpcCaller::open_stream(const std::string& pin) {
    auto call = std::make_unique<GrpcStream::Call>(pin, std::string());
    call->stream = channel_->stub->PrepareCall(&call->context, kMethod, &call->queue);
    call->stream->StartCall(call->tag());
    call->wait();
    return GrpcStream(std::move(call));
}

}  // namespace teal::integration
