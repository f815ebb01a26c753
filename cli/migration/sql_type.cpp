#include "cli/migration/sql_type.hpp"

#include "cli/migration/tree.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace teal::cli::migration {
namespace {

constexpr std::array<std::string_view, 6> kSerials{"serial",  "serial4",     "bigserial",
                                                   "serial8", "smallserial", "serial2"};

constexpr std::array<std::string_view, 65> kBuiltin{
    "int2", "int4", "int8", "float4", "float8", "numeric", "money", "bool", "text", "varchar",
    "bpchar", "char", "name", "bytea", "date", "time", "timetz", "timestamp", "timestamptz",
    "interval", "bit", "varbit", "uuid", "json", "jsonb", "xml", "inet", "cidr", "macaddr",
    "macaddr8", "point", "line", "lseg", "box", "path", "polygon", "circle", "tsvector", "tsquery",
    "oid", "regclass", "regproc", "regtype", "xid", "xid8", "tid", "pg_lsn", "int4range",
    "int8range", "numrange", "tsrange", "tstzrange", "daterange", "int4multirange", "nummultirange",
    // Of extensions that many use.
    "citext", "hstore", "ltree", "vector", "geometry", "geography", "cube", "halfvec", "sparsevec",
    "int8multirange"};

// Names that the grammar leaves as they were written.
constexpr std::array<std::pair<std::string_view, std::string_view>, 2> kSpelled{
    {{"bool", "bool"}, {"decimal", "numeric"}}};

long limit_or(const SqlType& type, std::size_t index, long otherwise) {
    return index < type.limits.size() ? type.limits[index] : otherwise;
}

// (n) grows, or goes; a type without a limit holds everything.
bool widens(const SqlType& from, const SqlType& to) {
    return to.limits.empty() || (!from.limits.empty() && to.limits[0] >= from.limits[0]);
}

bool numeric_widens(const SqlType& from, const SqlType& to) {
    if (to.limits.empty()) {
        return true;
    }
    return !from.limits.empty() && limit_or(from, 1, 0) == limit_or(to, 1, 0) &&
           to.limits[0] >= from.limits[0];
}

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

std::string SqlType::text() const {
    std::string text = name;
    for (std::size_t i = 0; i < limits.size(); ++i) {
        text += (i == 0 ? "(" : ",") + std::to_string(limits[i]);
    }
    return text + (limits.empty() ? "" : ")") + (is_array ? "[]" : "");
}

SqlType sql_type(const nlohmann::json& type_name) {
    SqlType type;
    const Json& names = list(type_name, "names");
    type.name = dotted_name(names);
    if (type.name.starts_with("pg_catalog.")) {
        type.name.erase(0, sizeof "pg_catalog." - 1);
    }
    for (const auto& [written, known] : kSpelled) {
        if (type.name == written) {
            type.name = known;
        }
    }
    type.is_array = !list(type_name, "arrayBounds").empty();
    for (const Json& limit : list(type_name, "typmods")) {
        const Json& number = member(as(limit, "A_Const"), "ival");
        type.is_known = type.is_known && number.is_object();
        type.limits.push_back(number.is_object() ? number.value("ival", 0L) : 0);
    }
    // An interval without precision has all fields allowed: no limit.
    if (type.name == "interval" && !type.limits.empty()) {
        type.is_known = false;
    }
    return type;
}

bool is_serial(const SqlType& type) {
    return std::find(kSerials.begin(), kSerials.end(), type.name) != kSerials.end();
}

bool is_builtin(const SqlType& type) {
    return std::find(kBuiltin.begin(), kBuiltin.end(), type.name) != kBuiltin.end() ||
           is_serial(type);
}

Change change_of(const SqlType& from, const SqlType& to, bool utc) {
    if (from == to && from.is_known) {
        return Change::nothing_read;
    }
    if (from.is_array != to.is_array || !from.is_known || !to.is_known) {
        return Change::rewrite;
    }
    // The support functions that see a wider limit know no arrays.
    if (from.is_array) {
        const bool unlimited = to.limits.empty() && from.name == to.name && from.name == "varchar";
        return unlimited ? Change::nothing_read : Change::rewrite;
    }
    const bool same = from.name == to.name;
    bool free = false;
    if (is_one_of(from.name, {"varchar", "text"}) && is_one_of(to.name, {"varchar", "text"})) {
        free = widens(from, to);
    } else if (same &&
               is_one_of(from.name, {"varbit", "timestamp", "timestamptz", "time", "timetz"})) {
        free = widens(from, to);
    } else if (same && from.name == "numeric") {
        free = numeric_widens(from, to);
    } else if (from.name == "cidr" && to.name == "inet") {
        free = true;
    } else if (is_one_of(from.name, {"timestamp", "timestamptz"}) &&
               is_one_of(to.name, {"timestamp", "timestamptz"}) && utc && widens(from, to)) {
        return Change::indexes_rebuilt;
    }
    return free ? Change::nothing_read : Change::rewrite;
}

}  // namespace teal::cli::migration
