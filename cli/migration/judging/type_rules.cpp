// ALTER COLUMN … TYPE, and what CREATE TYPE and CREATE DOMAIN teach.
#include "cli/migration/judging/judge.hpp"

#include <algorithm>
#include <string>

namespace teal::cli::migration {
namespace {

constexpr Effect kScan{Lock::access_exclusive, false, true};

// USING that says no more than the change itself: the column, or the column cast to the new type.
bool is_plain_using(const Json& expression, const std::string& column, const SqlType& to) {
    if (!expression.is_object()) {
        return true;
    }
    const Json& cast = as(expression, "TypeCast");
    const Json& value = cast.is_object() ? member(cast, "arg") : expression;
    return last_name(list(as(value, "ColumnRef"), "fields")) == column &&
           (!cast.is_object() || sql_type(member(cast, "typeName")) == to);
}

// Constraints and indexes on the column are made anew with it.
bool is_checked(const Judge& judge, const std::string& table, const std::string& column) {
    const KnownTable* known = judge.schema.find(table);
    return known != nullptr &&
           std::any_of(known->checks.begin(), known->checks.end(),
                       [&](const auto& entry) { return entry.second.columns.contains(column); });
}

enum class Indexed { no, yes, unknown };

Indexed indexed(const Judge& judge, const std::string& table, const std::string& column) {
    const KnownTable* known = judge.schema.find(table);
    if (known == nullptr) {
        return Indexed::unknown;
    }
    for (const auto& [name, columns] : known->indexes) {
        if (columns.contains(column) || columns.empty()) {
            return Indexed::yes;
        }
    }
    return known->complete ? Indexed::no : Indexed::unknown;
}

Complaint& unknown(Judge& judge, const Json& where, const std::string& column, const char* why) {
    judge.touch(column.substr(0, column.rfind('.')), kRewrite);
    Complaint& complaint = judge.complain(Rule::type_change_unknown, where, column, kRewrite);
    if (why != nullptr) {
        complaint.message = why;
    }
    return complaint;
}

void judge_known_change(Judge& judge, const std::string& table, const std::string& column,
                        const SqlType& from, const SqlType& to, const Json& where) {
    const std::string full = table + "." + column;
    const Change change = change_of(from, to, judge.session.utc.value());
    if (change == Change::rewrite) {
        judge.touch(table, kRewrite);
        Complaint& complaint = judge.complain(Rule::type_change, where, full, kRewrite);
        complaint.message =
            from.text() + " to " + to.text() +
            " rewrites or verifies the whole table while reads and writes wait, and "
            "the running version may not expect it";
        const auto is_time = [](const SqlType& type) { return type.name.starts_with("timestamp"); };
        if (is_time(from) && is_time(to)) {
            complaint.safe =
                "SET timezone = 'UTC' before it, if the column holds UTC: then no row is touched";
        }
        return;
    }
    const Indexed index = indexed(judge, table, column);
    if (is_checked(judge, table, column) ||
        (change == Change::indexes_rebuilt && index == Indexed::yes)) {
        judge.touch(table, kScan);
        judge.complain(Rule::type_change, where, full, kScan).message =
            "a CHECK or an index on the column is made anew: the whole table is read while reads "
            "and "
            "writes wait";
    } else if (change == Change::indexes_rebuilt && index == Indexed::unknown) {
        unknown(judge, where, full,
                "no row is touched, but an index on the column would be built anew while reads and "
                "writes wait, and the files do not tell whether there is one");
    }
}

}  // namespace

void judge_type_change(Judge& judge, const std::string& table, const Json& command) {
    const Json& definition = as(member(command, "def"), "ColumnDef");
    const std::string column = word(command, "name");
    const SqlType to = sql_type(member(definition, "typeName"));
    KnownColumn& known = judge.schema.table(table).columns[column];
    const auto from = known.type;
    known.type = to;
    if (judge.is_new(table)) {
        return;
    }
    const Json& where = definition;
    if (member(definition, "collClause").is_object() ||
        !is_plain_using(member(definition, "raw_default"), column, to)) {
        judge.touch(table, kRewrite);
        judge.complain(Rule::type_change, where, table + "." + column, kRewrite);
    } else if (!from) {
        unknown(judge, where, table + "." + column, nullptr);
    } else {
        judge_known_change(judge, table, column, *from, to, where);
    }
}

bool judge_type(Judge& judge, std::string_view kind, const Json& node) {
    Schema& schema = judge.schema;
    if (kind == "CreateEnumStmt" || kind == "CreateRangeStmt") {
        judge.phases.expand = true;
        const std::string name = dotted_name(list(node, "typeName"));
        schema.add_type(name, Schema::TypeKind::plain);
        schema.add_new("type", name);
        return true;
    }
    if (kind == "CompositeTypeStmt") {
        judge.phases.expand = true;
        const std::string name = relation_name(member(node, "typevar"));
        schema.add_type(name, Schema::TypeKind::plain);
        schema.add_new("type", name);
        return true;
    }
    if (kind == "CreateDomainStmt") {
        judge.phases.expand = true;
        const std::string name = dotted_name(list(node, "domainname"));
        bool constrained = false;
        for (const Json& part : list(node, "constraints")) {
            const std::string what = word(as(part, "Constraint"), "contype");
            constrained = constrained || what == "CONSTR_CHECK" || what == "CONSTR_NOTNULL";
        }
        schema.add_type(name, constrained ? Schema::TypeKind::domain : Schema::TypeKind::plain);
        schema.add_new("type", name);
        return true;
    }
    if (kind == "AlterEnumStmt") {
        const std::string name = dotted_name(list(node, "typeName"));
        if (!word(node, "oldVal").empty()) {
            judge.phases.contract = true;
            if (!schema.is_new("type", name)) {
                judge.complain(Rule::rename_enum_value, node, name, {});
            }
        } else {
            judge.phases.expand = true;
            if (!schema.is_new("type", name)) {
                judge.session.added_enum_values.insert(word(node, "newVal"));
            }
        }
        return true;
    }
    return false;
}

}  // namespace teal::cli::migration
