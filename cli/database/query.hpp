// SQL for a server, and its answer as psql prints it, as CSV or as JSON.
#pragma once

#include "cli/database/server.hpp"

#include <string>

namespace teal::cli::database {

enum class QueryFormat { table, csv, json };

struct Query {
    std::string sql{};
    QueryFormat format = QueryFormat::table;
    bool read_only = false;  // a guard against mistakes: SQL may switch it off
    double timeout_s = 0;    // for each statement; 0: none
};

// Table and CSV go to our standard output at once, errors to standard error, in psql's own words.
// False when the server refused, or the query did not end well. Throws Error.
bool run_query(const Server& server, const Query& query);

// One statement's rows as an array of objects: numbers, booleans, NULL and JSON as such, all else
// as text. Of a statement without rows: {"command":"UPDATE 3"}. `described`: names and types.
struct Column {
    std::string name;
    std::string type;
};
std::string rows_as_json(const std::vector<Column>& columns,
                         const std::vector<std::vector<std::string>>& rows,
                         const std::string& null);

}  // namespace teal::cli::database
