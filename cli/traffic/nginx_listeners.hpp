// Where the running nginx listens, as the kernel says: for requests of our own when nobody has told
// us nginx's URL.
#pragma once

#include "cli/traffic/nginx_view.hpp"

#include <string>
#include <vector>

namespace teal::cli {

// "http://127.0.0.1:8080", lowest port first, of the live workers' TCP sockets; ports 443 and 8443
// as https. Empty when their sockets cannot be seen: nginx in a container, or another user's.
std::vector<std::string> listening_urls(const NginxView& nginx);

// One line of /proc/net/tcp or tcp6: a listening socket's "127.0.0.1:8080" (a wildcard as loopback)
// and inode; false for anything else.
bool parse_listening_line(const std::string& line, bool v6, std::string& address,
                          unsigned long& inode);

}  // namespace teal::cli
