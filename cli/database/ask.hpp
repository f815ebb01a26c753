// Questions to a server, put through psql's standard input: not even a database's name is seen in
// its command line.
#pragma once

#include "cli/database/server.hpp"

#include <string>
#include <vector>

namespace teal::cli::database {

using Rows = std::vector<std::vector<std::string>>;

// All rows of all statements; NULL is an empty string. Statements end with ';' or the text.
// Throws Error with psql's own words.
Rows ask(const Server& server, const std::string& sql, const std::string& database = {});
// As it would be asked: for whoever talks to psql for longer.
ProgramCall question(const std::string& database = {});
Rows rows_of(const std::string& answer);

// The database to connect to while another one is renamed, made or dropped.
std::string maintenance_database(const std::string& of);

std::string quoted_name(const std::string& name);     // "it""s"
std::string quoted_literal(const std::string& text);  // 'it''s', E'' where a backslash is in it

}  // namespace teal::cli::database
