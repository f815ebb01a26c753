// Indexes and materialized views: each has a form that lets writes go on, and which no transaction
// may hold.
#include "cli/migration/judging/judge.hpp"

#include <string>

namespace teal::cli::migration {
namespace {

void refuse_in_transaction(Judge& judge, const Json& node, const std::string& object) {
    if (judge.session.in_transaction()) {
        judge.complain(Rule::concurrently_in_transaction, node, object, {});
    }
}

std::set<std::string> columns_of(const Json& index) {
    std::set<std::string> columns;
    for (const Json& parameter : list(index, "indexParams")) {
        const std::string name = word(as(parameter, "IndexElem"), "name");
        if (name.empty()) {
            return {};  // an expression: of any column
        }
        columns.insert(name);
    }
    return columns;
}

// The form to write instead. CONCURRENTLY is refused for a partitioned table.
std::string safe_index(const Json& index, const std::string& table, bool partitioned) {
    const std::string name = word(index, "idxname");
    const std::string create = std::string("CREATE ") + (flag(index, "unique") ? "UNIQUE " : "");
    if (partitioned) {
        return create + "INDEX " + name + (name.empty() ? "" : " ") + "ON ONLY " + table +
               " (…); the same CONCURRENTLY on each partition; ALTER INDEX … ATTACH PARTITION each";
    }
    return create + "INDEX CONCURRENTLY " + name + (name.empty() ? "" : " ") + "ON " + table +
           " (…), outside a transaction";
}

void judge_blocking_index(Judge& judge, const Json& index, const std::string& table) {
    const KnownTable* known = judge.schema.find(table);
    const bool partitioned = known != nullptr && known->partitioned;
    // ONLY the partitioned table, which has no rows of its own.
    if (partitioned && !flag(member(index, "relation"), "inh")) {
        judge.touch(table, {Lock::share, false, false});
        return;
    }
    const Effect effect{Lock::share, false, true};
    judge.touch(table, effect);
    judge.complain(Rule::index_not_concurrently, Json(), table, effect).safe =
        safe_index(index, table, partitioned);
}

void judge_new_index(Judge& judge, const Json& index) {
    judge.phases.expand = true;
    const std::string table = relation_name(member(index, "relation"));
    const std::string name = word(index, "idxname");
    if (!judge.is_new(table) && !judge.schema.is_new("view", table)) {
        if (flag(index, "concurrent")) {
            judge.touch(table, {Lock::share_update_exclusive, false, true});
        } else {
            judge_blocking_index(judge, index, table);
        }
    }
    if (flag(index, "concurrent")) {
        refuse_in_transaction(judge, index, table);
    }
    judge.schema.table(table).indexes[name.empty() ? table + " unnamed" : name] = columns_of(index);
    if (!flag(index, "if_not_exists")) {
        judge.schema.add_new("index", name);
    }
}

void judge_reindex(Judge& judge, const Json& reindex) {
    const std::string object = relation_name(member(reindex, "relation"));
    const std::string name = object.empty() ? word(reindex, "name") : object;
    const bool concurrently =
        flag(reindex, "concurrent") || has_option(list(reindex, "params"), "concurrently");
    if (concurrently) {
        judge.touch(name, {Lock::share_update_exclusive, false, true});
        refuse_in_transaction(judge, reindex, name);
    } else if (!judge.is_new(name) && !judge.schema.is_new("index", name)) {
        const Effect effect{Lock::access_exclusive, false, true};
        judge.touch(name, effect);
        judge.complain(Rule::reindex_not_concurrently, Json(), name, effect);
    }
}

void judge_refresh(Judge& judge, const Json& refresh) {
    const std::string view = relation_name(member(refresh, "relation"));
    if (judge.schema.is_new("view", view)) {
        return;
    }
    if (flag(refresh, "concurrent")) {
        // It reads beside readers; nobody but another REFRESH writes to such a view.
        judge.touch(view, {Lock::exclusive, false, true});
        return;
    }
    const Effect effect{Lock::access_exclusive, true, true};
    judge.touch(view, effect);
    judge.complain(Rule::refresh_not_concurrently, Json(), view, effect);
}

}  // namespace

bool judge_index(Judge& judge, std::string_view kind, const Json& node) {
    if (kind == "IndexStmt") {
        judge_new_index(judge, node);
    } else if (kind == "ReindexStmt") {
        judge_reindex(judge, node);
    } else if (kind == "RefreshMatViewStmt") {
        judge_refresh(judge, node);
    } else {
        return false;
    }
    return true;
}

}  // namespace teal::cli::migration
