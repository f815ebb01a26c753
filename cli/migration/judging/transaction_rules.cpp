// BEGIN and COMMIT, the settings of the session, and what must not share a transaction.
#include "cli/migration/judging/judge.hpp"

#include <array>
#include <string>

namespace teal::cli::migration {
namespace {

// "0", "0ms" and nothing switch a timeout off.
bool is_some_time(const std::string& value) {
    return value.find_first_of("123456789") != std::string::npos;
}

bool is_utc(std::string value) {
    for (char& c : value) {
        c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    }
    return value == "utc" || value == "gmt" || value == "etc/utc" || value == "0" ||
           value == "zulu" || value == "etc/gmt" || value == "uct";
}

void apply_setting(Judge& judge, Setting& setting, bool value, bool local) {
    if (!local) {
        setting.set(value);
    } else if (judge.session.in_transaction()) {
        setting.set_local(value);
    } else if (&setting == &judge.session.lock_timeout) {
        judge.session.lost_set_local = true;
    }
}

void apply_named(Judge& judge, const std::string& name, const std::string& value, bool local) {
    if (name == "lock_timeout") {
        apply_setting(judge, judge.session.lock_timeout, is_some_time(value), local);
    } else if (name == "timezone" || name == "TimeZone") {
        apply_setting(judge, judge.session.utc, is_utc(value), local);
    }
}

void ends_nothing(Judge& judge, const Json& node, const char* verb) {
    const bool tools = judge.session.in_transaction() && judge.session.assumed();
    if (judge.session.in_transaction() && !tools) {
        return;
    }
    judge.complain(Rule::stray_commit, node, verb, {}).message =
        std::string(verb) + (tools ? " ends the transaction of the migration tool"
                                   : " without a transaction: there is nothing to end");
}

bool is_control(std::string_view kind) {
    return kind == "TransactionStmt" || kind == "VariableSetStmt" || kind == "VariableShowStmt" ||
           kind == "DiscardStmt";
}

// Whether a constant of that text is anywhere in the statement.
bool uses_text(const Json& node, const std::set<std::string>& texts, const Json*& where) {
    bool found = false;
    visit(node, [&](std::string_view kind, const Json& inside) {
        const Json& text = member(inside, "sval");
        if (!found && kind == "A_Const" && text.is_object() && texts.contains(word(text, "sval"))) {
            found = true;
            where = &inside;
        }
    });
    return found;
}

void judge_mixture(Judge& judge, const Json& node) {
    Session& session = judge.session;
    const bool changes_schema = judge.effect.lock > Lock::row_exclusive && !judge.phases.migrate;
    if (changes_schema && session.schema_change.what.empty()) {
        session.schema_change = {judge.locked, judge.line};
    }
    if (judge.phases.migrate && session.row_change.what.empty()) {
        session.row_change = {judge.locked, judge.line};
    }
    const bool second = (changes_schema && session.row_change.line != 0) ||
                        (judge.phases.migrate && session.schema_change.line != 0);
    if (!second ||
        (session.row_change.line != judge.line && session.schema_change.line != judge.line)) {
        return;
    }
    Complaint& complaint =
        judge.complain(Rule::backfill_with_ddl, node, judge.locked, judge.effect);
    const Since& other = judge.phases.migrate ? session.schema_change : session.row_change;
    complaint.message =
        std::string(judge.phases.migrate ? "rows are changed" : "the schema is changed") +
        (session.in_transaction() ? " in the same transaction as " : " in the same file as ") +
        (judge.phases.migrate ? "the schema" : "rows") + " (line " + std::to_string(other.line) +
        ")" + (session.in_transaction() ? ": the locks are held until all rows are done" : "");
    if (!session.in_transaction()) {
        complaint.severity = Severity::warning;
    }
}

}  // namespace

bool judge_transaction(Judge& judge, std::string_view kind, const Json& node) {
    if (kind != "TransactionStmt") {
        return false;
    }
    Session& session = judge.session;
    const std::string what = word(node, "kind");
    if (what == "TRANS_STMT_BEGIN" || what == "TRANS_STMT_START") {
        if (session.in_transaction()) {
            judge.complain(Rule::nested_begin, node, "BEGIN", {});
        }
        session.begin(judge.offset);
    } else if (what == "TRANS_STMT_COMMIT" || what == "TRANS_STMT_PREPARE") {
        ends_nothing(judge, node, "COMMIT");
        session.commit();
        if (flag(node, "chain")) {
            session.begin(judge.offset);
        }
    } else if (what == "TRANS_STMT_ROLLBACK") {
        ends_nothing(judge, node, "ROLLBACK");
        session.rollback();
        judge.schema.forget_all();
        if (flag(node, "chain")) {
            session.begin(judge.offset);
        }
    } else if (what == "TRANS_STMT_SAVEPOINT") {
        session.savepoint(word(node, "savepoint_name"));
    } else if (what == "TRANS_STMT_ROLLBACK_TO") {
        session.rollback_to(word(node, "savepoint_name"));
        judge.schema.forget_all();
    }
    return true;
}

bool judge_setting(Judge& judge, std::string_view kind, const Json& node) {
    if (kind == "DiscardStmt") {
        judge.session.lock_timeout.set(false);
        judge.session.utc.set(false);
        return true;
    }
    if (kind == "VariableShowStmt") {
        return true;
    }
    if (kind == "VariableSetStmt") {
        const std::string how = word(node, "kind");
        if (how == "VAR_RESET_ALL") {
            apply_named(judge, "lock_timeout", "", false);
            apply_named(judge, "timezone", "", false);
            return true;
        }
        const Json& values = list(node, "args");
        const std::string value =
            how == "VAR_SET_VALUE" && !values.empty() ? constant_text(values[0]).value_or("") : "";
        apply_named(judge, word(node, "name"), value, flag(node, "is_local"));
        return true;
    }
    // SELECT set_config('lock_timeout', '2s', false): as well as SET, so it is seen before the
    // rows.
    visit(node, [&](std::string_view inner, const Json& call) {
        const Json& values = list(call, "args");
        if (inner == "FuncCall" && last_name(list(call, "funcname")) == "set_config" &&
            values.size() == 3) {
            apply_named(judge, constant_text(values[0]).value_or(""),
                        constant_text(values[1]).value_or(""),
                        constant_text(values[2]).value_or("true") == "true");
        }
    });
    return false;
}

void judge_order(Judge& judge, std::string_view kind, const Json& node) {
    Session& session = judge.session;
    if (is_control(kind)) {
        return;
    }
    if (blocks_writes(judge.effect.lock) && !session.lock_timeout.value()) {
        Complaint& complaint =
            judge.complain(Rule::lock_timeout_missing, Json(), judge.locked, judge.effect);
        complaint.message =
            std::string("waits for its ") + lock_name(judge.effect.lock) +
            " lock without lock_timeout: whoever comes later waits behind it" +
            (session.lost_set_local ? " (SET LOCAL outside a transaction has no effect)" : "");
    }
    if (session.in_transaction() && !session.access_exclusive.what.empty() &&
        !session.after_access_exclusive_said) {
        session.after_access_exclusive_said = true;
        judge
            .complain(Rule::after_access_exclusive, Json(), session.access_exclusive.what,
                      judge.effect)
            .message = "under the ACCESS EXCLUSIVE lock of line " +
                       std::to_string(session.access_exclusive.line) +
                       ": its reads and writes wait for this statement too";
    }
    const Json* where = nullptr;
    if (!session.added_enum_values.empty() && kind != "AlterEnumStmt" && session.in_transaction() &&
        uses_text(node, session.added_enum_values, where)) {
        judge.complain(Rule::enum_value_in_transaction, *where, "", judge.effect);
    }
    judge_mixture(judge, node);
    if (judge.effect.lock == Lock::access_exclusive && session.access_exclusive.what.empty()) {
        session.access_exclusive = {judge.locked, judge.line};
    }
}

}  // namespace teal::cli::migration
