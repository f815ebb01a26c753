#include "tests/e2e/small_stack.hpp"

namespace teal::e2e {
namespace {

// Perl is in Debian's minimal system.
constexpr char kServer[] = R"perl(
use IO::Socket::INET;
$SIG{TERM} = sub { exit 0 };
$| = 1;
my $listener = IO::Socket::INET->new(LocalPort => 3000, Listen => 64, ReuseAddr => 1) or die $!;
print "serving $ENV{VERSION}\n";
while (my $client = $listener->accept) {
    while (my $line = <$client>) { last if $line =~ /^\r?\n$/ }
    print $client "HTTP/1.0 200 OK\r\nX-Served-By: $ENV{NAME}-$ENV{VERSION}\r\n" .
        "Content-Length: 3\r\n\r\nok\n";
    close $client;
}
)perl";

std::string service(const std::string& name, const std::string& version, const std::string& image,
                    const std::string& more) {
    return "  " + name + ":\n    image: " + image +
           "\n    init: true\n    command: [perl, /server.pl]\n"
           "    volumes: [\"./server.pl:/server.pl:ro\"]\n"
           "    environment: {NAME: " +
           name + ", VERSION: " + version +
           "}\n"
           "    labels: {teal.entry: \"3000\", teal.split: " +
           name + more + "}\n";
}

}  // namespace

void put_server(harness::ComposeSite& site) {
    site.write("server.pl", kServer);
}

void put_small_stack(harness::ComposeSite& site, const std::string& version,
                     const std::string& web_image) {
    put_server(site);
    site.write("compose.yaml",
               "name: \"{project}\"\nservices:\n" + service("web", version, web_image, "") +
                   service("api", version, "debian:bookworm-slim", ", teal.smoke: /api/"));
}

}  // namespace teal::e2e
