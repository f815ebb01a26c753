// CREATE TABLE and ALTER TABLE: which lock each command takes (AlterTableGetLockLevel of
// PostgreSQL's tablecmds.c), and where its rules are.
#include "cli/migration/judging/judge.hpp"

#include <array>
#include <string>
#include <utility>

namespace teal::cli::migration {
namespace {

// Commands that take less than ACCESS EXCLUSIVE.
constexpr std::array<std::pair<std::string_view, Lock>, 22> kLighter{{
    {"AT_ValidateConstraint", Lock::share_update_exclusive},
    {"AT_SetStatistics", Lock::share_update_exclusive},
    {"AT_SetOptions", Lock::share_update_exclusive},
    {"AT_ResetOptions", Lock::share_update_exclusive},
    {"AT_SetRelOptions", Lock::share_update_exclusive},
    {"AT_ResetRelOptions", Lock::share_update_exclusive},
    {"AT_ReplaceRelOptions", Lock::share_update_exclusive},
    {"AT_ClusterOn", Lock::share_update_exclusive},
    {"AT_DropCluster", Lock::share_update_exclusive},
    {"AT_AttachPartition", Lock::share_update_exclusive},
    {"AT_DetachPartitionFinalize", Lock::share_update_exclusive},
    {"AT_EnableTrig", Lock::share_row_exclusive},
    {"AT_EnableTrigAll", Lock::share_row_exclusive},
    {"AT_EnableTrigUser", Lock::share_row_exclusive},
    {"AT_EnableAlwaysTrig", Lock::share_row_exclusive},
    {"AT_EnableReplicaTrig", Lock::share_row_exclusive},
    {"AT_DisableTrig", Lock::share_row_exclusive},
    {"AT_DisableTrigAll", Lock::share_row_exclusive},
    {"AT_DisableTrigUser", Lock::share_row_exclusive},
    // Their rules take the lock themselves.
    {"AT_AddConstraint", Lock::none},
    {"AT_DetachPartition", Lock::none},
    {"AT_AddColumn", Lock::none},
}};

// Commands of which nothing is known beyond their lock, and no more is needed.
constexpr std::array<std::string_view, 18> kNoRule{
    "AT_ColumnDefault",     "AT_DropExpression",   "AT_SetStorage",         "AT_SetCompression",
    "AT_AlterConstraint",   "AT_ChangeOwner",      "AT_AddInherit",         "AT_DropInherit",
    "AT_ReplicaIdentity",   "AT_AddIdentity",      "AT_SetIdentity",        "AT_DropIdentity",
    "AT_EnableRowSecurity", "AT_ForceRowSecurity", "AT_NoForceRowSecurity", "AT_DisableRowSecurity",
    "AT_DropConstraint",    "AT_DropNotNull"};

Lock lock_of(std::string_view command) {
    for (const auto& [name, lock] : kLighter) {
        if (command == name) {
            return lock;
        }
    }
    return Lock::access_exclusive;
}

template <typename List>
bool contains(const List& names, std::string_view name) {
    for (const std::string_view known : names) {
        if (known == name) {
            return true;
        }
    }
    return false;
}

void judge_attach(Judge& judge, const Json& command) {
    const std::string partition =
        relation_name(member(as(member(command, "def"), "PartitionCmd"), "name"));
    if (judge.is_new(partition)) {
        return;
    }
    const KnownTable* known = judge.schema.find(partition);
    bool checked = false;
    if (known != nullptr) {
        for (const auto& [name, check] : known->checks) {
            checked = checked || (check.validated && !check.columns.empty());
        }
    }
    const Effect effect{Lock::access_exclusive, false, !checked};
    judge.touch(partition, effect);
    if (!checked) {
        judge.complain(Rule::attach_partition_scan, Json(), partition, effect);
    }
}

void judge_detach(Judge& judge, const std::string& table, const Json& command) {
    const Json& partition = as(member(command, "def"), "PartitionCmd");
    const std::string name = relation_name(member(partition, "name"));
    if (flag(partition, "concurrent")) {
        judge.touch(table, {Lock::share_update_exclusive, false, false});
        if (judge.session.in_transaction()) {
            judge.complain(Rule::concurrently_in_transaction, Json(), table, {});
        }
        if (judge.options.server_version < 14) {
            judge.complain(Rule::newer_than_server, Json(), table, {}).message =
                "DETACH PARTITION CONCURRENTLY came with PostgreSQL 14";
        }
    } else if (!judge.is_new(table)) {
        judge.touch(table, kQuick);
        judge.complain(Rule::detach_not_concurrently, Json(), name, kQuick);
    }
}

void judge_rewrites(Judge& judge, const std::string& table, Rule rule) {
    const Effect effect{Lock::access_exclusive, true, true};
    judge.touch(table, effect);
    judge.complain(rule, Json(), table, effect);
}

void judge_command(Judge& judge, const std::string& table, const Json& command) {
    const std::string what = word(command, "subtype");
    const std::string column = word(command, "name");
    if (!judge.is_new(table)) {
        judge.touch(table, {lock_of(what), false, false});
    }
    if (what == "AT_AddColumn") {
        judge_added_column(judge, table, command);
    } else if (what == "AT_AddConstraint") {
        judge_added_constraint(judge, table, as(member(command, "def"), "Constraint"));
    } else if (what == "AT_ValidateConstraint") {
        judge_validation(judge, table, column);
    } else if (what == "AT_SetNotNull") {
        judge_set_not_null(judge, table, column);
    } else if (what == "AT_AlterColumnType") {
        judge_type_change(judge, table, command);
    } else if (what == "AT_AttachPartition") {
        judge_attach(judge, command);
    } else if (what == "AT_DetachPartition") {
        judge_detach(judge, table, command);
    } else if (what == "AT_DropColumn") {
        judge.phases.contract = true;
        if (!judge.is_new(table)) {
            judge.complain(Rule::drop_column, Json(), table + "." + column, kQuick);
        }
        judge.schema.table(table).columns.erase(column);
    } else if (what == "AT_DropNotNull" && !judge.is_new(table)) {
        judge.phases.contract = true;
        judge.complain(Rule::drop_not_null, Json(), table + "." + column, kQuick);
        judge.schema.table(table).columns[column].not_null = false;
    } else if (what == "AT_DropConstraint") {
        judge.schema.table(table).checks.erase(column);
    } else if (judge.is_new(table)) {
        return;
    } else if (what == "AT_SetLogged" || what == "AT_SetUnLogged") {
        judge_rewrites(judge, table, Rule::set_logged);
    } else if (what == "AT_SetTableSpace" || what == "AT_SetAccessMethod") {
        judge_rewrites(judge, table, Rule::move_table);
    } else if (lock_of(what) == Lock::access_exclusive && !contains(kNoRule, what)) {
        judge.complain(Rule::unjudged, Json(), table, kQuick).message =
            "no rule knows " + what +
            " of ALTER TABLE: what it does under its lock is not known here";
    }
}

void learn_table(Judge& judge, const std::string& name, const Json& create) {
    const bool certain = !flag(create, "if_not_exists");
    const bool was_new = judge.is_new(name);
    judge.schema.add_new("table", name);  // its own constraints are built on an empty table
    if (certain) {
        judge.schema.forget_table(name);
    }
    KnownTable& table = judge.schema.table(name);
    table.partitioned = member(create, "partspec").is_object();
    table.complete = certain && list(create, "inhRelations").empty();
    for (const Json& element : list(create, "tableElts")) {
        if (const Json& column = as(element, "ColumnDef"); column.is_object()) {
            KnownColumn& known = table.columns[word(column, "colname")];
            known.type = sql_type(member(column, "typeName"));
            known.not_null = is_serial(*known.type);
            if (known.type->name == "json" && !known.type->is_array) {
                judge.complain(Rule::json_column, member(column, "typeName"),
                               name + "." + word(column, "colname"), {});
            }
            for (const Json& part : list(column, "constraints")) {
                judge_added_constraint(judge, name, as(part, "Constraint"));
                const std::string what = word(as(part, "Constraint"), "contype");
                known.not_null = known.not_null || what == "CONSTR_NOTNULL" ||
                                 what == "CONSTR_PRIMARY" || what == "CONSTR_IDENTITY";
                if (what == "CONSTR_PRIMARY" || what == "CONSTR_UNIQUE") {
                    table.indexes[name + "_" + word(column, "colname") + what] = {
                        word(column, "colname")};
                }
            }
        } else if (const Json& constraint = as(element, "Constraint"); constraint.is_object()) {
            judge_added_constraint(judge, name, constraint);
        } else {
            table.complete = false;  // LIKE
        }
    }
    if (!certain && !was_new) {
        judge.schema.forget_new("table", name);  // it may have been there, with rows
    }
}

void judge_create(Judge& judge, const Json& create) {
    judge.phases.expand = true;
    const std::string name = relation_name(member(create, "relation"));
    learn_table(judge, name, create);
    const bool partition = member(create, "partbound").is_object();
    for (const Json& parent : list(create, "inhRelations")) {
        const std::string parent_name = relation_name(as(parent, "RangeVar"));
        if (!judge.is_new(parent_name)) {
            judge.touch(
                parent_name,
                {partition ? Lock::access_exclusive : Lock::share_update_exclusive, false, false});
        }
    }
}

}  // namespace

bool judge_table(Judge& judge, std::string_view kind, const Json& node) {
    if (kind == "CreateStmt") {
        judge_create(judge, node);
        return true;
    }
    if (kind == "CreateTableAsStmt") {
        judge.phases.expand = true;
        const Json& into = member(node, "into");
        const bool view = word(node, "objtype") == "OBJECT_MATVIEW";
        if (!flag(node, "if_not_exists")) {
            judge.schema.add_new(view ? "view" : "table", relation_name(member(into, "rel")));
        }
        return true;
    }
    if (kind != "AlterTableStmt") {
        return false;
    }
    const std::string objects = word(node, "objtype");
    const std::string table = relation_name(member(node, "relation"));
    if (objects != "OBJECT_TABLE" && objects != "OBJECT_FOREIGN_TABLE") {
        // Indexes, views, sequences, composite types.
        judge.phases.expand = true;
        for (const Json& command : list(node, "cmds")) {
            const std::string what = word(as(command, "AlterTableCmd"), "subtype");
            judge.touch(table, {lock_of(what), false, false});
            if (what == "AT_SetTableSpace" || what == "AT_SetAccessMethod") {
                judge_rewrites(judge, table, Rule::move_table);
            }
        }
        return true;
    }
    for (const Json& command : list(node, "cmds")) {
        judge_command(judge, table, as(command, "AlterTableCmd"));
    }
    judge.phases.expand = judge.phases.expand || !judge.phases.contract;
    return true;
}

}  // namespace teal::cli::migration
