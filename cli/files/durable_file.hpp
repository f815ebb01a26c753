// Files that must survive: written beside, fsynced, renamed, and the directory fsynced, so that a
// reader, or the machine after a power cut, finds the old text or the new one and never a part.
#pragma once

#include <sys/types.h>
#include <filesystem>
#include <optional>
#include <string>

namespace teal::cli {

// Throws Error naming the file; what was there before is untouched then.
void write_durably(const std::filesystem::path& file, const std::string& text, mode_t mode = 0644);
// For what can be made again: whole for every reader, and after a crash of this process; after a
// power cut perhaps the old text, or none. Throws as above.
void write_atomically(const std::filesystem::path& file, const std::string& text,
                      mode_t mode = 0644);

// Replaces the file's text and nothing else: mode and owner stay, and a symbolic link goes on
// pointing to the file. `mode_if_new`: when there is none yet. Throws Error as above.
void replace_durably(const std::filesystem::path& file, const std::string& text,
                     mode_t mode_if_new);

// The text, or nothing when there is no such file. Throws Error when it cannot be read.
std::optional<std::string> read_if_exists(const std::filesystem::path& file);
// Throws Error when it is missing too.
std::string read_whole(const std::filesystem::path& file);

// With its parents; `mode` only for those it makes. Throws Error.
void make_directory(const std::filesystem::path& directory, mode_t mode = 0755);
// A rename that is on disk when this returns. Throws Error.
void rename_durably(const std::filesystem::path& from, const std::filesystem::path& to);
// With all that is in it; nothing when it is not there. Throws Error.
void remove_tree(const std::filesystem::path& path);

// Lower-case hexadecimal SHA-256.
std::string sha256_of(const std::string& text);

}  // namespace teal::cli
