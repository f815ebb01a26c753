// The web application of the demo: one process per variant, so that moving traffic can be seen.
//
//   demo_app --port 3000 --name blue [--status 500] [--delay 20]
//
// GET /         a page that says which variant answered
// GET /health   200 while it serves
// and every path of the test backend: /echo, /status/N, /delay/N, /bytes/N, WebSocket echo
// anywhere. SIGTERM and SIGINT: no new connections, requests in flight are finished, then exit code
// 0 (1 when some had to be cut after ten seconds).
#include <pthread.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <string>

#include "tests/harness/backend.hpp"

namespace {

using teal::harness::Behaviour;
using teal::harness::MessageParser;

std::string page_of(const std::string& name) {
    return "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>" + name +
           "</title>\n<style>body{font:3rem system-ui;text-align:center;margin-top:20vh}</style>"
           "</head>\n<body><p>You are on <strong id=\"variant\">" +
           name + "</strong></p></body></html>\n";
}

teal::harness::BackendHandler handler_for(const std::string& name) {
    return [name, page = page_of(name)](const MessageParser& request, Behaviour& behaviour) {
        if (request.target() == "/health") {
            behaviour = Behaviour{.body = "{\"status\":\"ok\",\"variant\":\"" + name + "\"}\n",
                                  .content_type = "application/json"};
            return true;
        }
        if (request.target() == "/") {
            behaviour.body = page;
            behaviour.content_type = "text/html; charset=utf-8";
            return true;
        }
        return false;
    };
}

int serve(std::uint16_t port, const std::string& name, const Behaviour& behaviour) {
    // Blocked before any thread starts, so that only sigwait() below takes them.
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    ::pthread_sigmask(SIG_BLOCK, &ends, nullptr);

    teal::harness::Backend backend({.name = name,
                                    .address = "127.0.0.1:" + std::to_string(port),
                                    .handler = handler_for(name)});
    backend.behave(behaviour);
    std::printf("%s serves on http://%s\n", name.c_str(), backend.address().c_str());
    std::fflush(stdout);
    int signal = 0;
    ::sigwait(&ends, &signal);
    const bool finished = backend.drain(std::chrono::seconds(10));
    std::printf("%s answered %llu requests\n", name.c_str(),
                static_cast<unsigned long long>(backend.requests()));
    return finished ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app("A small web application for the demo");
    std::uint16_t port = 0;
    std::string name = "blue";
    Behaviour behaviour;
    unsigned delay = 0;
    app.add_option("--port", port, "TCP port on 127.0.0.1")->required()->envname("PORT");
    app.add_option("--name", name, "what it calls itself")->capture_default_str();
    app.add_option("--status", behaviour.status, "status of every page")->capture_default_str();
    app.add_option("--delay", delay, "milliseconds before every answer")->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    behaviour.delay = std::chrono::milliseconds(delay);
    try {
        return serve(port, name, behaviour);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "demo_app: %s\n", error.what());
        return 1;
    }
}
