# cmake -DDIRECTORY=... -DOUTPUT=... -P embed_files.cmake
# Writes a C++ source with every file of DIRECTORY as bytes: name, type, content and ETag (a prefix
# of the content's SHA-256). A script of its own because it runs at build time, when a file changed.
set(types
    ".html=text/html\\; charset=utf-8" ".css=text/css\\; charset=utf-8"
    ".js=text/javascript\\; charset=utf-8" ".svg=image/svg+xml")

file(GLOB files LIST_DIRECTORIES false RELATIVE "${DIRECTORY}" "${DIRECTORY}/*")
list(SORT files)
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
    file(READ "${DIRECTORY}/${file}" hex HEX)
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${hex}")
    # Lines that editors and compilers can live with.
    string(REGEX REPLACE "(('.x[0-9a-f][0-9a-f]',){16})" "\\1\n    " bytes "${bytes}")
    file(SHA256 "${DIRECTORY}/${file}" sum)
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
