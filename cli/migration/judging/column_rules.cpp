// ADD COLUMN: PostgreSQL stores a constant default once and touches no row; anything that differs
// from row to row rewrites the table (ATExecAddColumn).
#include "cli/migration/judging/functions.hpp"
#include "cli/migration/judging/judge.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace teal::cli::migration {
namespace {

enum class Steadiness { steady, unknown, differs };

template <typename List>
bool contains(const List& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

// Of the whole expression: the least steady function in it.
Steadiness steadiness_of(const Json& expression, const Json*& where, std::string& function) {
    Steadiness least = Steadiness::steady;
    visit(expression, [&](std::string_view kind, const Json& call) {
        if (kind != "FuncCall") {
            return;
        }
        const Json& names = list(call, "funcname");
        const std::string name = last_name(names);
        const bool own = names.size() < 2 || dotted_name(names).starts_with("pg_catalog.");
        const Steadiness here = contains(kVolatile, name)        ? Steadiness::differs
                                : own && contains(kSteady, name) ? Steadiness::steady
                                                                 : Steadiness::unknown;
        if (here > least) {
            least = here;
            where = &call;
            function = name;
        }
    });
    return least;
}

bool is_null(const Json& expression) {
    const Json* value = &expression;
    while (kind_of(*value) == "TypeCast") {
        value = &member(inside(*value), "arg");
    }
    return flag(as(*value, "A_Const"), "isnull");
}

struct AddedColumn {
    Judge& judge;
    std::string table;
    std::string name;
    SqlType type;
    bool is_new;
    const Json* default_value = nullptr;
    bool filled = false;  // every row gets a value
    bool not_null = false;

    std::string full_name() const { return table + "." + name; }
    void rewrites(Rule rule, const Json& where) const {
        if (!is_new) {
            judge.touch(table, kRewrite);
            judge.complain(rule, where, full_name(), kRewrite);
        }
    }
};

void judge_default(AddedColumn& column, const Json& constraint) {
    const Json& expression = member(constraint, "raw_expr");
    column.default_value = &expression;
    column.filled = !is_null(expression);
    const Json* where = &constraint;
    std::string function;
    const Steadiness steadiness = steadiness_of(expression, where, function);
    if (steadiness == Steadiness::differs) {
        column.rewrites(Rule::add_column_volatile_default, *where);
    } else if (steadiness == Steadiness::unknown && !column.is_new) {
        column.judge
            .complain(Rule::add_column_unknown_default, *where, column.full_name(), kRewrite)
            .message = "whether " + function +
                       "() gives all rows the same value is not known here: if it is volatile, the "
                       "table is rewritten while reads and writes wait";
        column.judge.touch(column.table, kRewrite);
    }
}

void judge_part(AddedColumn& column, const Json& constraint) {
    const std::string what = word(constraint, "contype");
    if (what == "CONSTR_DEFAULT") {
        judge_default(column, constraint);
    } else if (what == "CONSTR_IDENTITY") {
        column.filled = true;
        column.not_null = true;
        column.rewrites(Rule::add_column_identity, constraint);
    } else if (what == "CONSTR_GENERATED") {
        column.filled = true;
        column.rewrites(Rule::add_column_stored, constraint);
    } else if (what == "CONSTR_NOTNULL") {
        column.not_null = true;
    } else if (what == "CONSTR_PRIMARY" || what == "CONSTR_UNIQUE" || what == "CONSTR_CHECK") {
        column.not_null = column.not_null || what == "CONSTR_PRIMARY";
        judge_added_constraint(column.judge, column.table, constraint);
    }
}

// PostgreSQL skips the check of a new column's REFERENCES when it has no default: all is NULL.
void judge_references(AddedColumn& column, const Json& constraint) {
    if (word(constraint, "contype") != "CONSTR_FOREIGN") {
        return;
    }
    const std::string other = relation_name(member(constraint, "pktable"));
    const bool scans = column.default_value != nullptr && !column.is_new;
    const Effect effect{Lock::share_row_exclusive, false, scans};
    if (!column.judge.is_new(other)) {
        column.judge.touch(other, effect);
    }
    if (scans) {
        column.judge.touch(column.table, {Lock::access_exclusive, false, true});
        column.judge.complain(Rule::foreign_key_without_not_valid, constraint, column.full_name(),
                              {Lock::access_exclusive, false, true});
    } else if (!column.judge.is_new(other)) {
        column.judge.complain(Rule::inline_references, constraint, column.full_name(), effect)
            .message = "REFERENCES in ADD COLUMN blocks writes to " + other + " too";
    }
}

void judge_column_type(AddedColumn& column, const Json& definition) {
    const Json& type_name = member(definition, "typeName");
    if (is_serial(column.type)) {
        column.filled = true;
        column.not_null = true;
        column.rewrites(Rule::add_column_serial, type_name);
        return;
    }
    if (column.type.name == "json" && !column.type.is_array) {
        column.judge.complain(Rule::json_column, type_name, column.full_name(), {});
    }
    if (column.is_new || column.type.is_array || is_builtin(column.type)) {
        return;
    }
    const auto known = column.judge.schema.type_kind(column.type.name);
    if (known == Schema::TypeKind::plain) {
        return;
    }
    column.judge.touch(column.table, kRewrite);
    Complaint& complaint = column.judge.complain(Rule::add_column_unknown_type, type_name,
                                                 column.full_name(), kRewrite);
    complaint.message = known ? column.type.name +
                                    " is a domain with a constraint: the table is "
                                    "rewritten while reads and writes wait"
                              : "the files do not tell what " + column.type.name +
                                    " is: a domain with a constraint makes ADD COLUMN rewrite the "
                                    "table";
    complaint.severity = known ? Severity::error : Severity::unknown;
}

}  // namespace

void judge_added_column(Judge& judge, const std::string& table, const Json& command) {
    const Json& definition = as(member(command, "def"), "ColumnDef");
    AddedColumn column{judge, table, word(definition, "colname"),
                       sql_type(member(definition, "typeName")), judge.is_new(table)};
    if (!column.is_new) {
        judge.touch(table, kQuick);
    }
    judge_column_type(column, definition);
    const Json& parts = list(definition, "constraints");
    for (const Json& part : parts) {
        judge_part(column, as(part, "Constraint"));
    }
    for (const Json& part : parts) {
        judge_references(column, as(part, "Constraint"));
    }
    if (column.not_null && !column.filled && !column.is_new) {
        judge.touch(table, {Lock::access_exclusive, false, true});
        judge.complain(Rule::add_column_not_null, definition, column.full_name(),
                       {Lock::access_exclusive, false, true});
    }
    KnownColumn& known = judge.schema.table(table).columns[column.name];
    known.type = column.type;
    known.not_null = column.not_null;
}

}  // namespace teal::cli::migration
