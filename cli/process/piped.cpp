#include "cli/process/piped.hpp"

#include "cli/process/child.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>

namespace teal::cli {
namespace {

CommandResult not_started(const std::string& why) {
    CommandResult result;
    result.exit_code = kNoSuchProgram;
    result.err = why;
    return result;
}

std::string written_to(int file) {
    std::string text;
    char buffer[4096];
    lseek(file, 0, SEEK_SET);
    for (ssize_t count = 0; (count = read(file, buffer, sizeof(buffer))) > 0;) {
        text.append(buffer, static_cast<std::size_t>(count));
    }
    return text;
}

}  // namespace

CommandResult run_piped(const Command& from, Command to) {
    Pipe pipe;
    const Descriptor null(open("/dev/null", O_RDONLY | O_CLOEXEC));
    const Descriptor errors(memfd_create("errors", MFD_CLOEXEC));
    if (!pipe.open() || !null.is_open() || !errors.is_open()) {
        return not_started(std::string("pipe: ") + std::strerror(errno));
    }
    std::string problem;
    const pid_t source = start_child(from, null.get(), pipe.write_end.get(), errors.get(), problem);
    if (source < 0) {
        return not_started(problem);
    }
    pipe.write_end.close();
    to.input_file = pipe.read_end.get();
    CommandResult result = run_command(to);
    pipe.read_end.close();  // what nobody reads ends its writer
    int status = 0;
    while (waitpid(source, &status, 0) < 0 && errno == EINTR) {
    }
    if (result.ok() && exit_code_of(status) != 0) {
        result.exit_code = exit_code_of(status);
        result.err = written_to(errors.get());
    }
    return result;
}

}  // namespace teal::cli
