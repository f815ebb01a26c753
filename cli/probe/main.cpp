// teal-probe: asks targets whether they answer. Reads a JSON array of targets on standard input,
// writes a JSON array of answers (cli/health/probe_wire.hpp); called by `teal`, not by people.
#include "cli/health/probe_wire.hpp"
#include "cli/probe/transfer.hpp"

#include <sys/resource.h>
#include <cstdio>
#include <exception>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <unordered_map>

namespace {

using teal::cli::ProbeAnswer;
using teal::cli::ProbeTarget;
using teal::probe::Transfer;

constexpr int kLongestWait_ms = 1000;

// A line end in a header would be a request of somebody else's making.
void check(const ProbeTarget& target) {
    const auto has_break = [](const std::string& text) {
        return text.find_first_of(std::string("\r\n\0", 3)) != std::string::npos;
    };
    bool bad =
        has_break(target.address) || has_break(target.spec.host) || has_break(target.spec.path);
    for (const auto& [name, value] : target.headers) {
        bad = bad || name.empty() || has_break(name) || has_break(value);
    }
    if (bad) {
        throw std::runtime_error(target.name + ": a line end in what would be sent");
    }
}

// Every target has a connection of its own.
void raise_descriptor_limit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

void must(CURLMcode code) {
    if (code != CURLM_OK) {
        throw std::runtime_error(std::string("libcurl: ") + curl_multi_strerror(code));
    }
}

std::vector<ProbeAnswer> ask_all(const std::vector<ProbeTarget>& targets) {
    const std::unique_ptr<CURLM, CURLMcode (*)(CURLM*)> multi(curl_multi_init(),
                                                              curl_multi_cleanup);
    std::vector<std::unique_ptr<Transfer>> transfers;
    std::unordered_map<CURL*, std::size_t> places;
    for (const ProbeTarget& target : targets) {
        check(target);
        transfers.push_back(std::make_unique<Transfer>(target));
        places[transfers.back()->handle()] = transfers.size() - 1;
        must(curl_multi_add_handle(multi.get(), transfers.back()->handle()));
    }
    std::vector<ProbeAnswer> answers(targets.size());
    int running = 0;
    do {
        must(curl_multi_perform(multi.get(), &running));
        int left = 0;
        while (const CURLMsg* message = curl_multi_info_read(multi.get(), &left)) {
            if (message->msg == CURLMSG_DONE) {
                CURL* const handle = message->easy_handle;
                const std::size_t place = places.at(handle);
                answers[place] = transfers[place]->answer(message->data.result);
                curl_multi_remove_handle(multi.get(), handle);
            }
        }
        if (running > 0) {
            must(curl_multi_poll(multi.get(), nullptr, 0, kLongestWait_ms, nullptr));
        }
    } while (running > 0);
    return answers;
}

int run() {
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        throw std::runtime_error("libcurl cannot be initialised");
    }
    raise_descriptor_limit();
    const std::string input{std::istreambuf_iterator<char>(std::cin), {}};
    const std::vector<ProbeAnswer> answers = ask_all(teal::cli::targets_from_text(input));
    std::cout << teal::cli::answers_to_text(answers) << '\n' << std::flush;
    return std::cout ? 0 : 1;
}

}  // namespace

int main(int argc, char**) {
    if (argc > 1) {
        std::fputs("teal-probe is called by teal; it takes no arguments\n", stderr);
        return 2;
    }
    try {
        return run();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "teal-probe: %s\n", error.what());
        return 1;
    }
}
