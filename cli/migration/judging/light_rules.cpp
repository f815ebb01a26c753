// Statements that no rule minds: what they lock, and for how long, is known and harmless, or they
// lock a table for a moment (then lock_timeout still matters).
#include "cli/migration/judging/judge.hpp"

#include <array>
#include <string>

namespace teal::cli::migration {
namespace {

// Locks no table that was there, or none that blocks reads or writes.
constexpr std::array<std::string_view, 47> kHarmless{"AlterDatabaseSetStmt",
                                                     "AlterDatabaseStmt",
                                                     "AlterDefaultPrivilegesStmt",
                                                     "AlterExtensionStmt",
                                                     "AlterFunctionStmt",
                                                     "AlterRoleSetStmt",
                                                     "AlterRoleStmt",
                                                     "AlterSeqStmt",
                                                     "AlterStatsStmt",
                                                     "AlterSystemStmt",
                                                     "CheckPointStmt",
                                                     "ClosePortalStmt",
                                                     "CommentStmt",
                                                     "ConstraintsSetStmt",
                                                     "CreateAmStmt",
                                                     "CreateCastStmt",
                                                     "CreateConversionStmt",
                                                     "CreateEventTrigStmt",
                                                     "CreateExtensionStmt",
                                                     "CreateFdwStmt",
                                                     "CreateForeignServerStmt",
                                                     "CreateFunctionStmt",
                                                     "CreateOpClassStmt",
                                                     "CreateOpFamilyStmt",
                                                     "CreatePLangStmt",
                                                     "CreateRoleStmt",
                                                     "CreateSchemaStmt",
                                                     "CreateSeqStmt",
                                                     "CreateStatsStmt",
                                                     "CreateSubscriptionStmt",
                                                     "CreateTransformStmt",
                                                     "CreateUserMappingStmt",
                                                     "CreatedbStmt",
                                                     "DeallocateStmt",
                                                     "DefineStmt",
                                                     "DropRoleStmt",
                                                     "FetchStmt",
                                                     "GrantRoleStmt",
                                                     "GrantStmt",
                                                     "ListenStmt",
                                                     "NotifyStmt",
                                                     "UnlistenStmt",
                                                     "SecLabelStmt",
                                                     "ReturnStmt",
                                                     "AlterTSDictionaryStmt",
                                                     "AlterTSConfigurationStmt",
                                                     "AlterOperatorStmt"};

struct Locking {
    std::string_view kind;
    const char* relation;  // the member that names the table
    Lock lock;
};

constexpr std::array<Locking, 5> kLocking{{
    {"CreateTrigStmt", "relation", Lock::share_row_exclusive},
    {"RuleStmt", "relation", Lock::access_exclusive},
    {"CreatePolicyStmt", "table", Lock::access_exclusive},
    {"AlterPolicyStmt", "table", Lock::access_exclusive},
    {"AlterOwnerStmt", "relation", Lock::access_exclusive},
}};

// What CREATE adds, so that the same file may drop it again.
void learn(Judge& judge, std::string_view kind, const Json& node) {
    const bool certain = !flag(node, "if_not_exists") && !flag(node, "replace");
    if (!certain) {
        return;
    }
    if (kind == "CreateSchemaStmt") {
        judge.schema.add_new("schema", word(node, "schemaname"));
        visit(list(node, "schemaElts"), [&](std::string_view inner, const Json& element) {
            if (inner == "CreateStmt" || inner == "ViewStmt" || inner == "IndexStmt" ||
                inner == "CreateSeqStmt" || inner == "CreateTrigStmt") {
                (void)(judge_table(judge, inner, element) || judge_index(judge, inner, element) ||
                       judge_light(judge, inner, element));
            }
        });
    } else if (kind == "CreateFunctionStmt") {
        judge.schema.add_new("function", dotted_name(list(node, "funcname")));
    } else if (kind == "CreateSeqStmt") {
        judge.schema.add_new("sequence", relation_name(member(node, "sequence")));
    } else if (kind == "CreateExtensionStmt") {
        judge.schema.add_new("extension", word(node, "extname"));
    }
}

void judge_view(Judge& judge, const Json& node) {
    const std::string name = relation_name(member(node, "view"));
    if (!flag(node, "replace")) {
        judge.schema.add_new("view", name);
    } else if (!judge.schema.is_new("view", name)) {
        judge.touch(name, {Lock::access_exclusive, false, false});
    }
}

}  // namespace

bool judge_light(Judge& judge, std::string_view kind, const Json& node) {
    for (const Locking& locking : kLocking) {
        if (locking.kind != kind) {
            continue;
        }
        judge.phases.expand = true;
        const std::string table = relation_name(member(node, locking.relation));
        if (!table.empty() && !judge.is_new(table)) {
            judge.touch(table, {locking.lock, false, false});
        }
        return true;
    }
    if (kind == "ViewStmt") {
        judge.phases.expand = true;
        judge_view(judge, node);
        return true;
    }
    for (const std::string_view harmless : kHarmless) {
        if (kind == harmless) {
            judge.phases.expand = true;
            learn(judge, kind, node);
            return true;
        }
    }
    return false;
}

}  // namespace teal::cli::migration
