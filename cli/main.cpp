#include "cli/program.hpp"

int main(int argc, char** argv) {
    return teal::cli::run_program(argc, argv);
}
