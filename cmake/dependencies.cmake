# Everything comes from the distribution's packages; `make deps` installs them.
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)

# teal_crypto: OpenSSL's digests for the program and the tests. Loading the shared libcrypto is a third
# of the whole run time of `teal`; the archive is used where it links on its own (it may need other
# libraries). Nothing here speaks TLS. The module takes nginx's own OpenSSL instead.
option(TEAL_STATIC_CRYPTO "Link the program with libcrypto.a if that works" ON)
add_library(teal_crypto INTERFACE)
if(TEAL_STATIC_CRYPTO AND NOT TEAL_SANITIZE)
    get_filename_component(crypto_directory "${OPENSSL_CRYPTO_LIBRARY}" DIRECTORY)
    find_file(TEAL_CRYPTO_ARCHIVE libcrypto.a HINTS "${crypto_directory}" NO_DEFAULT_PATH)
    if(TEAL_CRYPTO_ARCHIVE)
        include(CheckCXXSourceCompiles)
        set(CMAKE_REQUIRED_LIBRARIES "${TEAL_CRYPTO_ARCHIVE}" Threads::Threads)
        set(CMAKE_REQUIRED_INCLUDES "${OPENSSL_INCLUDE_DIR}")
        check_cxx_source_compiles("
            #include <openssl/evp.h>
            int main() { return EVP_Digest(\"\", 0, nullptr, nullptr, EVP_sha256(), nullptr); }"
            TEAL_CRYPTO_ARCHIVE_LINKS)
        unset(CMAKE_REQUIRED_LIBRARIES)
        unset(CMAKE_REQUIRED_INCLUDES)
    endif()
endif()
if(TEAL_CRYPTO_ARCHIVE_LINKS)
    target_include_directories(teal_crypto SYSTEM INTERFACE "${OPENSSL_INCLUDE_DIR}")
    target_link_libraries(teal_crypto INTERFACE "${TEAL_CRYPTO_ARCHIVE}" Threads::Threads)
else()
    target_link_libraries(teal_crypto INTERFACE OpenSSL::Crypto)
endif()

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
    find_package(CURL 7.68 REQUIRED)  # teal-probe and teal-post only; curl_multi_poll
    # spdlog's own targets link the shared libfmt. The header-only forms cost compile time and save
    # the loader two libraries at each start of `teal`.
    add_library(teal_logging INTERFACE)
    target_compile_definitions(teal_logging INTERFACE SPDLOG_FMT_EXTERNAL)
    get_target_property(spdlog_include spdlog::spdlog_header_only INTERFACE_INCLUDE_DIRECTORIES)
    target_include_directories(teal_logging SYSTEM INTERFACE "${spdlog_include}")
    target_link_libraries(teal_logging INTERFACE fmt::fmt-header-only Threads::Threads)

    # teal_pg_query: PostgreSQL's grammar for `teal db lint`. The archive where there is one: the
    # loader then has no library more to find at each start, and pages that only lint uses stay on
    # the disk.
    find_path(TEAL_PG_QUERY_INCLUDE pg_query.h)
    find_library(TEAL_PG_QUERY_LIBRARY NAMES libpg_query.a pg_query)
    if(NOT TEAL_PG_QUERY_INCLUDE OR NOT TEAL_PG_QUERY_LIBRARY)
        message(FATAL_ERROR "libpg_query is missing (pg_query.h and its library): make deps, or "
            "apt-get install libpg-query-dev, or set TEAL_PG_QUERY_INCLUDE and "
            "TEAL_PG_QUERY_LIBRARY to a build of github.com/pganalyze/libpg_query")
    endif()
    add_library(teal_pg_query INTERFACE)
    target_include_directories(teal_pg_query SYSTEM INTERFACE "${TEAL_PG_QUERY_INCLUDE}")
    target_link_libraries(teal_pg_query INTERFACE "${TEAL_PG_QUERY_LIBRARY}" Threads::Threads)
endif()
