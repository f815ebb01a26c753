#include "nginx-module/secrets.hpp"

#include "shared/sticky/secret_line.hpp"
#include "shared/text/slice.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cstring>

namespace teal::nginx {
namespace {

constexpr std::size_t kMostBytes = 4096;

ngx_int_t refuse(ngx_conf_t* cf, const MainConf& conf, ngx_err_t error, const char* why) {
    ngx_log_error(NGX_LOG_EMERG, cf->log, error,
                  "sticky cookies need a secret: \"%V\" %s; run \"teal init\", or name a file with "
                  "\"teal_secret FILE;\"",
                  &conf.secret_path, why);
    return NGX_ERROR;
}

// nullptr: the line is good. The first secret signs and must not have expired; one after it that
// has is no longer accepted, and so a secret can be replaced on a date.
const char* take_line(MainConf& conf, std::string_view text) {
    const sticky::SecretLine line = sticky::parse_secret_line(text);
    if (!line.well_formed) {
        return "says \"expires\" without a date such as 2027-01-31";
    }
    if (line.secret.empty()) {
        return nullptr;
    }
    if (line.secret.size() < sticky::kLeastSecretBytes) {
        return "holds a secret of less than 16 bytes";
    }
    if (line.has_expired(static_cast<std::uint64_t>(ngx_time()))) {
        return conf.signer_count != 0 ? nullptr
                                      : "has expired: write a new secret above the old one, whose "
                                        "cookies are accepted "
                                        "once its \"expires\" is later or gone";
    }
    conf.signers[conf.signer_count++].set_secret(line.secret);
    return nullptr;
}

}  // namespace

ngx_int_t read_secrets(ngx_conf_t* cf, MainConf& conf) {
    const int file =
        open(reinterpret_cast<const char*>(conf.secret_path.data), O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return refuse(cf, conf, ngx_errno, "cannot be opened");
    }
    struct stat status {};
    char text[kMostBytes];
    const bool known = fstat(file, &status) == 0;
    const ssize_t got = read(file, text, sizeof(text));
    const ngx_err_t error = got < 0 ? ngx_errno : 0;
    close(file);
    if (got < 0 || !known) {
        return refuse(cf, conf, error, "cannot be read");
    }
    if ((status.st_mode & (S_IRWXO | S_IWGRP)) != 0) {
        return refuse(cf, conf, 0, "may be read or written by others (chmod 600)");
    }
    std::string_view rest(text, static_cast<std::size_t>(got));
    while (!rest.empty() && conf.signer_count < 2) {
        if (const char* why = take_line(conf, take_until(rest, '\n')); why != nullptr) {
            ngx_explicit_memzero(text, sizeof(text));
            return refuse(cf, conf, 0, why);
        }
    }
    ngx_explicit_memzero(text, sizeof(text));
    return conf.signer_count != 0 ? NGX_OK : refuse(cf, conf, 0, "holds no secret");
}

}  // namespace teal::nginx
