# cmake -DDIRECTORY=... -DOUTPUT=... -P embed_files.cmake
# Writes a C++ source with what DIRECTORY has for browsers: name, type, content and ETag (a prefix of
# the content's SHA-256). A script of its own because it runs at build time, when a file changed.
#
# The ES modules are joined to one script, app.js: fifteen requests are most of the time until a page
# has its first numbers. Each becomes a function of its own that returns what it exports, so that
# names of different modules cannot meet. Forms that are understood, one to a line's beginning:
#   import {a, b} from './file.js';      export function a, export class B, export const c
cmake_minimum_required(VERSION 3.22)

set(types
    ".html=text/html\\; charset=utf-8" ".css=text/css\\; charset=utf-8"
    ".js=text/javascript\\; charset=utf-8" ".svg=image/svg+xml")

# Appends the module `file` to `joined`, after all that it imports.
function(join_module file)
    get_property(known GLOBAL PROPERTY joined_files)
    if(file IN_LIST known)
        return()
    endif()
    set_property(GLOBAL APPEND PROPERTY joined_files "${file}")
    file(READ "${DIRECTORY}/${file}" text)
    string(REGEX MATCHALL "from '\\./[a-z_]+\\.js'" imports "${text}")
    foreach(import IN LISTS imports)
        string(REGEX REPLACE "from '\\./([a-z_]+\\.js)'" "\\1" imported "${import}")
        join_module("${imported}")
    endforeach()
    string(REGEX MATCHALL "(^|\n)export (async )?(function|class|const) [A-Za-z0-9_]+" exports
        "${text}")
    list(TRANSFORM exports REPLACE ".* " "")
    list(JOIN exports ", " names)
    string(REGEX REPLACE "(^|\n)export (async |function|class|const)" "\\1\\2" text "${text}")
    string(REGEX REPLACE "(^|\n)import ({[^}]*}) from '\\./([a-z_]+)\\.js'" "\\1const \\2 = module_\\3"
        text "${text}")
    if(text MATCHES "(^|\n)(import|export) ")
        message(FATAL_ERROR "${DIRECTORY}/${file}: a form of import or export that is not understood; "
            "see ${CMAKE_CURRENT_LIST_FILE}")
    endif()
    get_filename_component(name "${file}" NAME_WE)
    set_property(GLOBAL APPEND_STRING PROPERTY joined
        "const module_${name} = (() => {\n${text}\nreturn {${names}};\n})();\n")
endfunction()

join_module(app.js)
file(GLOB files LIST_DIRECTORIES false RELATIVE "${DIRECTORY}" "${DIRECTORY}/*")
list(SORT files)
get_property(joined_files GLOBAL PROPERTY joined_files)
set(contents "")
set(entries "")
set(index 0)
foreach(file IN LISTS files)
    get_filename_component(extension "${file}" LAST_EXT)
    set(type "")
    foreach(pair IN LISTS types)
        if(pair MATCHES "^\\${extension}=(.*)$")
            set(type "${CMAKE_MATCH_1}")
        endif()
    endforeach()
    if(NOT type)
        message(FATAL_ERROR "${DIRECTORY}/${file}: no content type is known for ${extension}; add it "
            "to ${CMAKE_CURRENT_LIST_FILE}")
    endif()
    if(extension STREQUAL ".js" AND NOT file IN_LIST joined_files)
        message(FATAL_ERROR "${DIRECTORY}/${file} is imported by no module")
    elseif(file STREQUAL "app.js")
        get_property(text GLOBAL PROPERTY joined)
        set(text "'use strict';\n${text}")
        string(HEX "${text}" hex)
        string(SHA256 sum "${text}")
    elseif(extension STREQUAL ".js")
        continue()
    else()
        file(READ "${DIRECTORY}/${file}" hex HEX)
        file(SHA256 "${DIRECTORY}/${file}" sum)
    endif()
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${hex}")
    # Lines that editors and compilers can live with.
    string(REGEX REPLACE "(('.x[0-9a-f][0-9a-f]',){16})" "\\1\n    " bytes "${bytes}")
    string(SUBSTRING "${sum}" 0 20 sum)
    string(APPEND contents "constexpr char kContent${index}[] = {  // ${file}\n    ${bytes}};\n")
    string(APPEND entries
        "    {\"${file}\", \"${type}\", {kContent${index}, sizeof(kContent${index})}, \"\\\"${sum}\\\"\"},\n")
    math(EXPR index "${index} + 1")
endforeach()

file(WRITE "${OUTPUT}" "// Made by cmake/embed_files.cmake.
#include \"nginx-module/dashboard_files.hpp\"

namespace teal::nginx {
namespace {

${contents}
}  // namespace

constinit const DashboardFile dashboard_files[] = {
${entries}};
constinit const std::size_t dashboard_file_count = ${index};

}  // namespace teal::nginx
")
