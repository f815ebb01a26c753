// Version 2 of Catch2 is a header and brings no main of its own; version 3 does not need this file.
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
