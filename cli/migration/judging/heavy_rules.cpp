// Commands whose purpose is to hold a table or to write it anew.
#include "cli/migration/judging/judge.hpp"

#include <string>

namespace teal::cli::migration {
namespace {

void judge_lock(Judge& judge, const Json& node) {
    // In the order of lockdefs.h, which is the order of Lock.
    const long mode = node.value("mode", 8L);
    const Lock lock = mode >= 1 && mode <= 8 ? static_cast<Lock>(mode) : Lock::access_exclusive;
    for (const Json& relation : list(node, "relations")) {
        const std::string table = relation_name(as(relation, "RangeVar"));
        if (judge.is_new(table)) {
            continue;
        }
        judge.touch(table, {lock, false, false});
        if (blocks_writes(lock)) {
            judge.complain(Rule::lock_table, as(relation, "RangeVar"), table, {lock, false, false});
        }
    }
}

void judge_vacuum(Judge& judge, const Json& node) {
    const bool full = has_option(list(node, "options"), "full");
    const Json& relations = list(node, "rels");
    const std::string table =
        relations.empty() ? "every table"
                          : relation_name(member(as(relations[0], "VacuumRelation"), "relation"));
    if (full) {
        judge.touch(table, kRewrite);
        judge.complain(Rule::vacuum_full, node, table, kRewrite);
    } else {
        judge.touch(table, {Lock::share_update_exclusive, false, true});
    }
}

}  // namespace

bool judge_heavy(Judge& judge, std::string_view kind, const Json& node) {
    if (kind == "LockStmt") {
        judge_lock(judge, node);
    } else if (kind == "ClusterStmt") {
        const std::string table = relation_name(member(node, "relation"));
        judge.touch(table.empty() ? "every clustered table" : table, kRewrite);
        judge.complain(Rule::cluster, node, table, kRewrite);
    } else if (kind == "VacuumStmt") {
        judge_vacuum(judge, node);
    } else {
        return false;
    }
    return true;
}

}  // namespace teal::cli::migration
