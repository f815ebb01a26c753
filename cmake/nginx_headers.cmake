# teal_nginx_headers: the headers of one nginx, configured once into the build directory.
#
# A module must agree with the nginx that loads it about the layout of nginx's structures. That is
# decided by `configure`, so it is run here with the same flags, instead of asking for a finished
# build tree.
set(TEAL_NGINX_SOURCE "" CACHE PATH "nginx source tree; empty: the distribution's nginx-dev")
set(TEAL_NGINX_BINARY "" CACHE FILEPATH "nginx whose configure flags are used (its -V)")
set(TEAL_NGINX_OBJS "" CACHE PATH "objs directory of an nginx configured already; skips configure")

if(TEAL_NGINX_SOURCE)
    get_filename_component(teal_nginx_source "${TEAL_NGINX_SOURCE}" ABSOLUTE)
else()
    set(teal_nginx_source /usr/share/nginx/src)
endif()
if(NOT EXISTS "${teal_nginx_source}/src/core/nginx.h")
    message(FATAL_ERROR "No nginx sources in ${teal_nginx_source}: install nginx-dev, or set "
        "TEAL_NGINX_SOURCE, or build without the module (TEAL_BUILD_MODULE=OFF)")
endif()

if(TEAL_NGINX_OBJS)
    get_filename_component(teal_nginx_objs "${TEAL_NGINX_OBJS}" ABSOLUTE)
    add_custom_target(teal_nginx_configured)
else()
    set(teal_nginx_objs "${CMAKE_CURRENT_BINARY_DIR}/nginx-objs")
    add_custom_command(
        OUTPUT "${teal_nginx_objs}/ngx_auto_config.h" "${teal_nginx_objs}/ngx_auto_headers.h"
        COMMAND "${CMAKE_SOURCE_DIR}/build-support/configure-nginx"
            "${teal_nginx_source}" "${teal_nginx_objs}" "${TEAL_NGINX_BINARY}"
        DEPENDS "${CMAKE_SOURCE_DIR}/build-support/configure-nginx"
            "${teal_nginx_source}/src/core/nginx.h"
        COMMENT "Configuring nginx's headers from ${teal_nginx_source}"
        VERBATIM)
    add_custom_target(teal_nginx_configured DEPENDS "${teal_nginx_objs}/ngx_auto_config.h")
endif()

add_library(teal_nginx_headers INTERFACE)
target_include_directories(teal_nginx_headers SYSTEM INTERFACE
    "${teal_nginx_source}/src/core"
    "${teal_nginx_source}/src/event"
    "${teal_nginx_source}/src/event/modules"
    "${teal_nginx_source}/src/event/quic"
    "${teal_nginx_source}/src/os/unix"
    "${teal_nginx_source}/src/http"
    "${teal_nginx_source}/src/http/modules"
    "${teal_nginx_source}/src/http/v2"
    "${teal_nginx_source}/src/http/v3"
    "${teal_nginx_objs}")
# nginx's macros (ngx_string) cast in C's manner. GCC blames whoever uses them; clang does not, so
# our own casts are still seen by `make tidy`. Link this after teal_warnings.
target_compile_options(teal_nginx_headers INTERFACE
    $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-old-style-cast>)
add_dependencies(teal_nginx_headers teal_nginx_configured)
