// Statements about rows: those that change all of them, wherever they stand (a WITH, an EXPLAIN
// ANALYZE, a PREPARE), and calls of functions that may do anything.
#include "cli/migration/judging/judge.hpp"

#include <string>

namespace teal::cli::migration {
namespace {

constexpr Effect kRows{Lock::row_exclusive, false, false};
constexpr Effect kAllRows{Lock::row_exclusive, false, true};

bool is_all(const Json& where) {
    return !where.is_object() || constant_text(where) == "true";
}

void judge_change(Judge& judge, std::string_view kind, const Json& change) {
    const Json& relation = member(change, "relation");
    const std::string table = relation_name(relation);
    if (judge.is_new(table)) {
        return;
    }
    judge.phases.migrate = true;
    const bool all = is_all(member(change, "whereClause"));
    judge.touch(table, all ? kAllRows : kRows);
    if (all) {
        judge.complain(
            kind == "UpdateStmt" ? Rule::update_without_where : Rule::delete_without_where,
            relation, table, kAllRows);
    }
}

// INSERT … SELECT fills a table; INSERT … VALUES adds the rows that are written there.
void judge_insert(Judge& judge, const Json& insert) {
    const std::string table = relation_name(member(insert, "relation"));
    if (judge.is_new(table)) {
        return;
    }
    const Json& source = as(member(insert, "selectStmt"), "SelectStmt");
    const bool filling = source.is_object() && list(source, "valuesLists").empty();
    judge.phases.migrate = judge.phases.migrate || filling;
    judge.touch(table, kRows);
}

void judge_changes_within(Judge& judge, const Json& node) {
    visit(node, [&](std::string_view kind, const Json& inner) {
        if (kind == "UpdateStmt" || kind == "DeleteStmt") {
            judge_change(judge, kind, inner);
        } else if (kind == "InsertStmt") {
            judge_insert(judge, inner);
        } else if (kind == "MergeStmt") {
            judge.phases.migrate = true;
            judge.touch(relation_name(member(inner, "relation")), kRows);
        }
    });
}

// SELECT create_partitions(): a function of somebody's, called for what it does.
void judge_calls(Judge& judge, const Json& select) {
    if (!list(select, "fromClause").empty()) {
        return;
    }
    for (const Json& target : list(select, "targetList")) {
        const Json& call = as(member(as(target, "ResTarget"), "val"), "FuncCall");
        if (!call.is_object()) {
            continue;
        }
        const Json& names = list(call, "funcname");
        const std::string name = last_name(names);
        const bool known = name.starts_with("pg_") || name == "set_config" || name == "setval" ||
                           name == "nextval" || name == "current_setting" || name == "now" ||
                           name == "version";
        if (!known) {
            judge.complain(Rule::call, call, name, {}).message =
                "what " + name + "() does is not written here";
        }
    }
}

}  // namespace

bool judge_rows(Judge& judge, std::string_view kind, const Json& node) {
    if (kind == "UpdateStmt" || kind == "DeleteStmt") {
        judge_change(judge, kind, node);
    } else if (kind == "InsertStmt") {
        judge_insert(judge, node);
    } else if (kind == "MergeStmt") {
        if (judge.options.server_version < 15) {
            judge.complain(Rule::newer_than_server, node, "", {}).message =
                "MERGE came with PostgreSQL 15";
        }
        judge.phases.migrate = true;
        judge.touch(relation_name(member(node, "relation")), kRows);
    } else if (kind == "SelectStmt") {
        judge_calls(judge, node);
        if (const Json& into = member(node, "intoClause"); into.is_object()) {
            judge.phases.expand = true;
            judge.schema.add_new("table", relation_name(member(into, "rel")));
        }
    } else if (kind == "ExplainStmt") {
        if (!has_option(list(node, "options"), "analyze")) {
            return true;
        }
    } else if (kind != "PrepareStmt" && kind != "DeclareCursorStmt") {
        return false;
    }
    judge_changes_within(judge, node);
    return true;
}

}  // namespace teal::cli::migration
