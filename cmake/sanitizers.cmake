# One switch for the whole tree: code with and without a sanitizer must not be mixed (the module
# inside stock nginx is the exception; there the runtime comes in through LD_PRELOAD).
if(TEAL_SANITIZE)
    add_compile_options(-fsanitize=${TEAL_SANITIZE} -fno-omit-frame-pointer -g)
    add_link_options(-fsanitize=${TEAL_SANITIZE})
    if(TEAL_SANITIZE MATCHES "undefined")
        # vptr needs RTTI, which shared/ and the module do without; the rest must stop the test.
        add_compile_options(-fno-sanitize=vptr -fno-sanitize-recover=all)
    endif()
endif()

if(TEAL_FUZZERS)
    if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
        message(FATAL_ERROR "TEAL_FUZZERS needs clang: libFuzzer is part of it")
    endif()
    # Coverage in all the code a fuzzer reaches; libFuzzer's own main only in the fuzzers.
    add_compile_options(-fsanitize=fuzzer-no-link)
endif()
