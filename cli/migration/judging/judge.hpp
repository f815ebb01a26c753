// One statement under the rules: what they see, and how they say what they found. Each family of
// rules is a file beside this one, with one function a kind of statement.
#pragma once

#include "cli/migration/finding.hpp"
#include "cli/migration/schema.hpp"
#include "cli/migration/session.hpp"
#include "cli/migration/tree.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace teal::cli::migration {

// Changes of a table's definition: those that write the table anew, and those that do not look at
// it.
inline constexpr Effect kRewrite{Lock::access_exclusive, true, true};
inline constexpr Effect kQuick{Lock::access_exclusive, false, false};

// A finding before it has a place in the file.
struct Complaint {
    Rule rule;
    Severity severity;
    std::size_t offset;  // in the statement's SQL
    std::string object;
    std::string message;
    Effect effect{};
    std::string safe;
};

struct Judge {
    const LintOptions& options;
    Schema& schema;
    Session& session;
    std::string_view sql;
    std::size_t offset = 0;  // of the statement in its file
    std::size_t line = 0;    // likewise, for findings that name it

    std::vector<Complaint> complaints{};
    Effect effect{};
    std::string locked{};  // the table under the strongest lock
    Phases phases{};

    // Adds a finding with the rule's own texts. `object`: what it is about.
    Complaint& complain(Rule rule, const Json& where, std::string object, Effect of);
    // A lock on something that was there before: counts for the statement.
    void touch(const std::string& table, Effect of);
    bool is_new(const std::string& table) const { return schema.is_new("table", table); }
};

// The families. Each judges statements of the kinds it knows and notes what they teach.
bool judge_transaction(Judge& judge, std::string_view kind, const Json& node);
bool judge_setting(Judge& judge, std::string_view kind, const Json& node);
bool judge_table(Judge& judge, std::string_view kind, const Json& node);  // CREATE, ALTER TABLE
bool judge_index(Judge& judge, std::string_view kind, const Json& node);
bool judge_removal(Judge& judge, std::string_view kind,
                   const Json& node);  // DROP, RENAME, TRUNCATE
bool judge_type(Judge& judge, std::string_view kind, const Json& node);
bool judge_rows(Judge& judge, std::string_view kind, const Json& node);  // SELECT, UPDATE …
bool judge_heavy(Judge& judge, std::string_view kind, const Json& node);
bool judge_opaque(Judge& judge, std::string_view kind, const Json& node);
bool judge_light(Judge& judge, std::string_view kind, const Json& node);  // GRANT, COMMENT …

// Of ALTER TABLE's commands.
void judge_added_column(Judge& judge, const std::string& table, const Json& command);
void judge_added_constraint(Judge& judge, const std::string& table, const Json& constraint);
void judge_validation(Judge& judge, const std::string& table, const std::string& name);
void judge_set_not_null(Judge& judge, const std::string& table, const std::string& column);
void judge_type_change(Judge& judge, const std::string& table, const Json& command);

// The columns that an expression proves NOT NULL or reads, as a constraint of that table.
KnownCheck known_check(const Json& expression);
std::string constraint_name(const std::string& table, const Json& constraint,
                            const std::string& column);

// After the families: rules about locks and transactions that hold for every statement.
void judge_order(Judge& judge, std::string_view kind, const Json& node);

// Everything above for one statement of a parse tree.
void judge_statement(Judge& judge, const Json& statement);

}  // namespace teal::cli::migration
