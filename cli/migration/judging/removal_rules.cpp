// What takes something away from the version that still runs: DROP, TRUNCATE, RENAME, SET SCHEMA.
// Such statements belong to the contract phase; files marked so may hold them.
#include "cli/migration/judging/judge.hpp"

#include <array>
#include <optional>
#include <string>

namespace teal::cli::migration {
namespace {

struct Removal {
    std::string_view type;  // OBJECT_…
    std::string_view kind;  // as Schema::add_new() has it
    std::optional<Rule> rule;
    Effect effect;  // on what is dropped, or on its table
};

constexpr std::array<Removal, 20> kRemovals{{
    {"OBJECT_TABLE", "table", Rule::drop_table, kQuick},
    {"OBJECT_FOREIGN_TABLE", "table", Rule::drop_table, kQuick},
    {"OBJECT_SCHEMA", "schema", Rule::drop_schema, {}},
    {"OBJECT_TYPE", "type", Rule::drop_type, {}},
    {"OBJECT_DOMAIN", "type", Rule::drop_type, {}},
    {"OBJECT_EXTENSION", "extension", Rule::drop_type, {}},
    {"OBJECT_VIEW", "view", Rule::drop_view, kQuick},
    {"OBJECT_MATVIEW", "view", Rule::drop_view, kQuick},
    {"OBJECT_FUNCTION", "function", Rule::drop_function, {}},
    {"OBJECT_PROCEDURE", "function", Rule::drop_function, {}},
    {"OBJECT_ROUTINE", "function", Rule::drop_function, {}},
    {"OBJECT_AGGREGATE", "function", Rule::drop_function, {}},
    {"OBJECT_SEQUENCE", "sequence", Rule::drop_function, kQuick},
    {"OBJECT_TRIGGER", "trigger", std::nullopt, kQuick},
    {"OBJECT_POLICY", "policy", std::nullopt, kQuick},
    {"OBJECT_RULE", "rule", std::nullopt, kQuick},
    {"OBJECT_COLLATION", "collation", std::nullopt, {}},
    {"OBJECT_PUBLICATION", "publication", std::nullopt, {}},
    {"OBJECT_STATISTIC_EXT",
     "statistics",
     std::nullopt,
     {Lock::share_update_exclusive, false, false}},
    {"OBJECT_EVENT_TRIGGER", "event trigger", std::nullopt, {}},
}};

// A trigger is named table.trigger; its table is what is locked.
std::string without_last(const std::string& name) {
    return name.substr(0, name.rfind('.'));
}

std::string dropped_name(const Json& object, const Removal& removal) {
    const Json& routine = as(object, "ObjectWithArgs");
    const Json& type = as(object, "TypeName");
    const std::string name = routine.is_object() ? dotted_name(list(routine, "objname"))
                             : type.is_object()  ? dotted_name(list(type, "names"))
                                                 : dotted_name(object);
    const bool of_table =
        removal.kind == "trigger" || removal.kind == "policy" || removal.kind == "rule";
    return of_table ? without_last(name) : name;
}

void judge_dropped_index(Judge& judge, const Json& drop, const std::string& name) {
    if (flag(drop, "concurrent")) {
        judge.touch(name, {Lock::share_update_exclusive, false, false});
        if (judge.session.in_transaction()) {
            judge.complain(Rule::concurrently_in_transaction, Json(), name, {});
        }
    } else if (!judge.schema.is_new("index", name)) {
        judge.touch(name, kQuick);
        judge.complain(Rule::drop_index_not_concurrently, Json(), name, kQuick).safe =
            "DROP INDEX CONCURRENTLY " + name + ", outside a transaction";
    }
}

void judge_dropped(Judge& judge, const Removal& removal, const std::string& name) {
    const std::string kind(removal.kind);
    if (judge.schema.is_new(kind, name) || (kind != "table" && judge.is_new(name))) {
        judge.schema.forget_new(kind, name);
        return;
    }
    judge.touch(name, removal.effect);
    if (removal.rule) {
        judge.phases.contract = true;
        judge.complain(*removal.rule, Json(), name, removal.effect);
    }
}

bool judge_drop(Judge& judge, const Json& drop) {
    const std::string type = word(drop, "removeType");
    if (type == "OBJECT_INDEX") {
        for (const Json& object : list(drop, "objects")) {
            judge_dropped_index(judge, drop, dotted_name(object));
        }
        return true;
    }
    for (const Removal& removal : kRemovals) {
        if (removal.type != type) {
            continue;
        }
        for (const Json& object : list(drop, "objects")) {
            const std::string name = dropped_name(object, removal);
            judge_dropped(judge, removal, name);
            if (removal.kind == "table") {
                judge.schema.forget_table(name);
            }
        }
        return true;
    }
    return false;
}

bool is_in_relation(const std::string& type) {
    return type == "OBJECT_COLUMN" || type == "OBJECT_TABCONSTRAINT";
}

void judge_rename(Judge& judge, const Json& rename) {
    const std::string type = word(rename, "renameType");
    const std::string relation = relation_name(member(rename, "relation"));
    const std::string old_name = is_in_relation(type) ? word(rename, "subname")
                                 : relation.empty()   ? dotted_name(member(rename, "object"))
                                                      : relation;
    KnownTable& table = judge.schema.table(relation);
    const std::string new_name = word(rename, "newname");
    if (type == "OBJECT_COLUMN") {
        table.columns[new_name] = table.columns[old_name];
        table.columns.erase(old_name);
    }
    if (type == "OBJECT_TABLE") {
        judge.schema.rename_table(relation, new_name);
    }
    if (judge.is_new(relation) || judge.schema.is_new("view", relation)) {
        if (type == "OBJECT_TABLE") {
            judge.schema.add_new("table", new_name);
        }
        return;
    }
    // An index or a constraint is used by no query.
    if (type == "OBJECT_INDEX") {
        judge.touch(relation, {Lock::share_update_exclusive, false, false});
        return;
    }
    if (!relation.empty()) {
        judge.touch(relation, kQuick);
    }
    if (type != "OBJECT_TABCONSTRAINT" && type != "OBJECT_TRIGGER") {
        judge.phases.contract = true;
        judge.complain(Rule::rename, Json(), old_name, relation.empty() ? Effect{} : kQuick)
            .message = "the running version uses the name " + old_name;
    }
}

}  // namespace

bool judge_removal(Judge& judge, std::string_view kind, const Json& node) {
    if (kind == "DropStmt") {
        return judge_drop(judge, node);
    }
    if (kind == "RenameStmt") {
        judge_rename(judge, node);
        return true;
    }
    if (kind == "DropdbStmt") {
        judge.phases.contract = true;
        judge.complain(Rule::drop_database, Json(), word(node, "dbname"), {});
        return true;
    }
    if (kind == "AlterObjectSchemaStmt") {
        judge.phases.contract = true;
        const std::string name = relation_name(member(node, "relation"));
        if (!name.empty() && judge.is_new(name)) {
            return true;
        }
        if (!name.empty()) {
            judge.touch(name, kQuick);
        }
        judge.complain(Rule::set_schema, Json(),
                       name.empty() ? dotted_name(member(node, "object")) : name,
                       name.empty() ? Effect{} : kQuick);
        return true;
    }
    if (kind == "TruncateStmt") {
        for (const Json& relation : list(node, "relations")) {
            const std::string name = relation_name(as(relation, "RangeVar"));
            if (!judge.is_new(name)) {
                judge.phases.contract = true;
                const Effect effect{Lock::access_exclusive, true, false};
                judge.touch(name, effect);
                judge.complain(Rule::truncate, as(relation, "RangeVar"), name, effect);
            }
        }
        return true;
    }
    return false;
}

}  // namespace teal::cli::migration
