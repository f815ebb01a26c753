# Warnings are a target of their own, linked PRIVATE: they hold for our sources and never leak
# into whatever embeds them.
add_library(teal_warnings INTERFACE)

set(teal_warning_flags -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion
    -Wcast-align -Wcast-qual -Wformat=2 -Wundef -Wimplicit-fallthrough)
set(teal_cxx_warning_flags -Wold-style-cast -Wnon-virtual-dtor -Woverloaded-virtual
    -Wextra-semi -Wzero-as-null-pointer-constant)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    list(APPEND teal_cxx_warning_flags -Wduplicated-cond -Wlogical-op -Wsuggest-override)
endif()
if(TEAL_SANITIZE AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC's data-flow warnings see the sanitizer's own branches and report paths nobody wrote.
    list(APPEND teal_warning_flags -Wno-maybe-uninitialized -Wno-stringop-overflow)
endif()

target_compile_options(teal_warnings INTERFACE
    ${teal_warning_flags}
    "$<$<COMPILE_LANGUAGE:CXX>:${teal_cxx_warning_flags}>"
    $<$<BOOL:${TEAL_WERROR}>:-Werror>)
