#include "nginx-module/secrets.hpp"

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

std::string_view trimmed(std::string_view line) {
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ' || line.back() == '\t')) {
        line.remove_suffix(1);
    }
    return line;
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
        const std::string_view line = trimmed(take_until(rest, '\n'));
        if (line.empty()) {
            continue;
        }
        if (line.size() < sticky::kLeastSecretBytes) {
            ngx_explicit_memzero(text, sizeof(text));
            return refuse(cf, conf, 0, "holds a secret of less than 16 bytes");
        }
        conf.signers[conf.signer_count++].set_secret(line);
    }
    ngx_explicit_memzero(text, sizeof(text));
    return conf.signer_count != 0 ? NGX_OK : refuse(cf, conf, 0, "holds no secret");
}

}  // namespace teal::nginx
