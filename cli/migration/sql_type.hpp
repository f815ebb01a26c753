// A column's type as the files tell it, and which changes PostgreSQL makes without touching rows.
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace teal::cli::migration {

struct SqlType {
    std::string name{};          // PostgreSQL's own: "int4", "varchar"; "schema.name" for others
    std::vector<long> limits{};  // (20), (10,2); empty: none
    bool is_array = false;
    bool is_known = true;  // false: the limits are no plain numbers

    bool operator==(const SqlType&) const = default;
    std::string text() const;  // "varchar(20)"
};

// From a TypeName. serial types are named as written.
SqlType sql_type(const nlohmann::json& type_name);

bool is_serial(const SqlType& type);
// PostgreSQL's own type, or one of a well-known extension that is no domain.
bool is_builtin(const SqlType& type);

// How a change of type is made (ATColumnChangeRequiresRewrite, the types' support functions).
enum class Change {
    nothing_read,     // neither table nor index is touched
    indexes_rebuilt,  // the table stays; an index on the column is built anew
    rewrite,
};
// `utc`: the session's TimeZone is known to be UTC.
Change change_of(const SqlType& from, const SqlType& to, bool utc);

}  // namespace teal::cli::migration
