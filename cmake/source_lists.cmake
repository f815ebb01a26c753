# Sources are found, not listed: a new file needs no edit here. CONFIGURE_DEPENDS looks again at
# each build, so a file that was added or removed is never missed.

# teal_sources(<variable> <pattern>...): the sources below the current directory that match.
function(teal_sources variable)
    file(GLOB_RECURSE found CONFIGURE_DEPENDS LIST_DIRECTORIES false
        RELATIVE "${CMAKE_CURRENT_SOURCE_DIR}" ${ARGN})
    set(${variable} "${found}" PARENT_SCOPE)
endfunction()

# teal_library(<name> SOURCES <file>... [LINK <target>...]): a static library, or, so that the tree
# configures before the first source is there, an INTERFACE one that only hands on its links.
function(teal_library name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINK")
    if(arg_SOURCES)
        add_library(${name} STATIC ${arg_SOURCES})
        target_include_directories(${name} PUBLIC "${CMAKE_SOURCE_DIR}")
        target_link_libraries(${name} PUBLIC ${arg_LINK} PRIVATE teal_warnings)
    else()
        add_library(${name} INTERFACE)
        target_include_directories(${name} INTERFACE "${CMAKE_SOURCE_DIR}")
        target_link_libraries(${name} INTERFACE ${arg_LINK})
    endif()
endfunction()
