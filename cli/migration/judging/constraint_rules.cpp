// ADD CONSTRAINT, VALIDATE CONSTRAINT and SET NOT NULL: who reads the table under which lock.
#include "cli/migration/judging/judge.hpp"

#include <string>

namespace teal::cli::migration {
namespace {

constexpr Effect kScan{Lock::access_exclusive, false, true};

std::string column_of(const Json& reference) {
    const Json& fields = list(as(reference, "ColumnRef"), "fields");
    return last_name(fields);
}

// Columns of `a IS NOT NULL AND b IS NOT NULL`.
void collect_not_null(const Json& expression, std::set<std::string>& columns) {
    std::vector<const Json*> left{&expression};
    while (!left.empty()) {
        const Json& here = *left.back();
        left.pop_back();
        const Json& conjunction = as(here, "BoolExpr");
        if (word(conjunction, "boolop") == "AND_EXPR") {
            for (const Json& part : list(conjunction, "args")) {
                left.push_back(&part);
            }
        }
        const Json& test = as(here, "NullTest");
        if (word(test, "nulltesttype") == "IS_NOT_NULL") {
            columns.insert(column_of(member(test, "arg")));
        }
    }
}

void judge_check(Judge& judge, const std::string& table, const Json& constraint) {
    const bool not_valid = flag(constraint, "skip_validation");
    KnownCheck check = known_check(member(constraint, "raw_expr"));
    check.validated = !not_valid;
    check.transaction = judge.session.transaction();
    std::string column = check.columns.size() == 1 ? *check.columns.begin() : "";
    judge.schema.table(table).checks[constraint_name(table, constraint, column)] = check;
    if (judge.is_new(table)) {
        return;
    }
    judge.touch(table, not_valid ? kQuick : kScan);
    if (!not_valid) {
        judge.complain(Rule::check_without_not_valid, constraint, table, kScan);
    }
}

void judge_foreign_key(Judge& judge, const std::string& table, const Json& constraint) {
    const bool not_valid = flag(constraint, "skip_validation");
    const std::string other = relation_name(member(constraint, "pktable"));
    const Effect effect{Lock::share_row_exclusive, false, !not_valid && !judge.is_new(table)};
    const Json& columns = list(constraint, "fk_attrs");
    KnownCheck key;
    key.validated = !not_valid;
    key.transaction = judge.session.transaction();
    judge.schema.table(table).checks[constraint_name(table, constraint, last_name(columns))] = key;
    if (!judge.is_new(table)) {
        judge.touch(table, effect);
    }
    if (!judge.is_new(other)) {
        judge.touch(other, effect);
    }
    if (effect.scans) {
        judge.complain(Rule::foreign_key_without_not_valid, constraint, table, effect);
    }
}

void judge_key_from_index(Judge& judge, const std::string& table, const Json& constraint) {
    judge.touch(table, kQuick);
    if (word(constraint, "contype") != "CONSTR_PRIMARY") {
        return;
    }
    const KnownTable* known = judge.schema.find(table);
    bool certain = false;
    if (known != nullptr) {
        const auto index = known->indexes.find(word(constraint, "indexname"));
        certain = index != known->indexes.end() && !index->second.empty();
        for (const std::string& column : certain ? index->second : std::set<std::string>{}) {
            const KnownColumn* of = judge.schema.find_column(table, column);
            certain = certain && of != nullptr && of->not_null;
        }
    }
    if (!certain) {
        judge.touch(table, kScan);
        judge.complain(Rule::primary_key_nullable, constraint, table, kScan);
    }
}

void judge_key(Judge& judge, const std::string& table, const Json& constraint) {
    const bool primary = word(constraint, "contype") == "CONSTR_PRIMARY";
    std::set<std::string> columns;
    for (const Json& key : list(constraint, "keys")) {
        columns.insert(word(as(key, "String"), "sval"));
    }
    if (primary) {
        for (const std::string& column : columns) {
            judge.schema.table(table).columns[column].not_null = true;
        }
    }
    if (!columns.empty()) {
        judge.schema.table(table).indexes[constraint_name(table, constraint, "key")] = columns;
    }
    if (judge.is_new(table)) {
        return;
    }
    if (!word(constraint, "indexname").empty()) {
        return judge_key_from_index(judge, table, constraint);
    }
    judge.touch(table, kScan);
    Complaint& complaint = judge.complain(Rule::unique_without_index, constraint, table, kScan);
    if (primary) {
        complaint.safe =
            "CREATE UNIQUE INDEX CONCURRENTLY, columns SET NOT NULL (see set-not-null), then ADD "
            "CONSTRAINT … PRIMARY KEY USING INDEX";
    }
}

}  // namespace

KnownCheck known_check(const Json& expression) {
    KnownCheck check;
    collect_not_null(expression, check.not_null);
    visit(expression, [&](std::string_view kind, const Json& node) {
        if (kind == "ColumnRef") {
            check.columns.insert(last_name(list(node, "fields")));
        }
    });
    return check;
}

// As PostgreSQL names it when the file does not (ChooseConstraintName).
std::string constraint_name(const std::string& table, const Json& constraint,
                            const std::string& column) {
    const std::string name = word(constraint, "conname");
    if (!name.empty()) {
        return name;
    }
    const std::string what = word(constraint, "contype");
    const std::string bare = table.substr(table.rfind('.') + 1);
    return bare + (column.empty() ? "" : "_" + column) +
           (what == "CONSTR_FOREIGN" ? "_fkey"
            : what == "CONSTR_CHECK" ? "_check"
                                     : "_" + what);
}

void judge_added_constraint(Judge& judge, const std::string& table, const Json& constraint) {
    const std::string what = word(constraint, "contype");
    if (what == "CONSTR_CHECK") {
        judge_check(judge, table, constraint);
    } else if (what == "CONSTR_FOREIGN") {
        judge_foreign_key(judge, table, constraint);
    } else if (what == "CONSTR_PRIMARY" || what == "CONSTR_UNIQUE") {
        judge_key(judge, table, constraint);
    } else if (what == "CONSTR_EXCLUSION" && !judge.is_new(table)) {
        judge.touch(table, kScan);
        judge.complain(Rule::exclude_constraint, constraint, table, kScan);
    }
}

void judge_validation(Judge& judge, const std::string& table, const std::string& name) {
    KnownTable& known = judge.schema.table(table);
    const auto check = known.checks.find(name);
    const bool same = check != known.checks.end() && !check->second.validated &&
                      check->second.transaction == judge.session.transaction() &&
                      judge.session.in_transaction();
    const Effect effect{Lock::share_update_exclusive, false, true};
    if (!judge.is_new(table)) {
        judge.touch(table, effect);
        if (same) {
            // What waits, waits for the lock that ADD CONSTRAINT took.
            judge.complain(Rule::validate_in_same_transaction, Json(), table + "." + name, kScan);
        }
    }
    if (check != known.checks.end()) {
        check->second.validated = true;
    }
}

void judge_set_not_null(Judge& judge, const std::string& table, const std::string& column) {
    KnownTable& known = judge.schema.table(table);
    bool proven = known.columns[column].not_null;
    for (const auto& [name, check] : known.checks) {
        proven = proven || (check.validated && check.not_null.contains(column));
    }
    if (!proven && !judge.is_new(table)) {
        judge.touch(table, kScan);
        judge.complain(Rule::set_not_null, Json(), table + "." + column, kScan);
    }
    known.columns[column].not_null = true;
}

}  // namespace teal::cli::migration
