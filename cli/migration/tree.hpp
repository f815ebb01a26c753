// Reading libpg_query's parse tree: what is absent is empty, never an exception. The names are
// those of PostgreSQL's parsenodes.h.
#pragma once

#include <nlohmann/json.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace teal::cli::migration {

using Json = nlohmann::json;

// A member, or null.
const Json& member(const Json& node, const char* name);
// The elements of a list member; none when it is absent.
const Json& list(const Json& node, const char* name);
std::string word(const Json& node, const char* name);
bool flag(const Json& node, const char* name);
std::optional<std::size_t> location(const Json& node);

// {"ColumnDef": {…}}: the name, and what is inside.
std::string_view kind_of(const Json& node);
const Json& inside(const Json& node);
// What is inside, if it is of that kind; null otherwise.
const Json& as(const Json& node, const char* kind);

// "schema.name" of a RangeVar, or of a list of String nodes; "public." is left out.
std::string relation_name(const Json& range_var);
std::string dotted_name(const Json& names);
// The last part of it.
std::string last_name(const Json& names);

// An A_Const's value as text ("2s", "2000", "true"), also behind a cast.
std::optional<std::string> constant_text(const Json& node);
// The value of a DefElem: a String, Integer, Boolean or a constant; empty when there is none.
std::string option_value(const Json& definition);
// The DefElem of that name in a list, or null.
const Json& option(const Json& definitions, std::string_view name);
// Whether an option such as CONCURRENTLY or FULL is there and not switched off.
bool has_option(const Json& definitions, std::string_view name);

// Every node below and including `node`; no recursion: trees may be deep.
void visit(const Json& node,
           const std::function<void(std::string_view kind, const Json& inside)>& see);

}  // namespace teal::cli::migration
