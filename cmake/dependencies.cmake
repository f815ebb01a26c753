# Everything comes from the distribution's packages; `make deps` installs them.
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)

find_path(TEAL_XXHASH_INCLUDE xxhash.h REQUIRED)
# Headers only (sources define XXH_INLINE_ALL): the module must not need another library in nginx.
add_library(teal_xxhash INTERFACE)
target_include_directories(teal_xxhash SYSTEM INTERFACE "${TEAL_XXHASH_INCLUDE}")

if(TEAL_BUILD_CLI OR TEAL_BUILD_TESTS)
    find_package(nlohmann_json REQUIRED)
endif()

if(TEAL_BUILD_CLI)
    find_package(CLI11 REQUIRED)
    find_package(fmt REQUIRED)
    find_package(spdlog REQUIRED)
    # spdlog's own targets link the shared libfmt. The header-only forms cost compile time and save
    # the loader two libraries at each start of `teal`.
    add_library(teal_logging INTERFACE)
    target_compile_definitions(teal_logging INTERFACE SPDLOG_FMT_EXTERNAL)
    get_target_property(spdlog_include spdlog::spdlog_header_only INTERFACE_INCLUDE_DIRECTORIES)
    target_include_directories(teal_logging SYSTEM INTERFACE "${spdlog_include}")
    target_link_libraries(teal_logging INTERFACE fmt::fmt-header-only Threads::Threads)
endif()
