// What the files so far, in their order, tell about the database. What they do not tell is unknown,
// and a rule then says so rather than guess.
#pragma once

#include "cli/migration/sql_type.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace teal::cli::migration {

struct KnownColumn {
    std::optional<SqlType> type{};
    bool not_null = false;
};

struct KnownCheck {
    std::set<std::string> not_null{};  // columns it proves to be NOT NULL
    std::set<std::string> columns{};   // columns it reads
    bool validated = false;
    std::size_t transaction = 0;  // in which it was added
};

struct KnownTable {
    bool partitioned = false;
    bool complete = false;  // created by these files: what is not listed here is not there
    std::map<std::string, KnownColumn> columns{};
    std::map<std::string, KnownCheck> checks{};  // CHECK and FOREIGN KEY constraints by name
    std::map<std::string, std::set<std::string>> indexes{};  // columns by the index's name
};

class Schema {
public:
    // Names as relation_name() gives them. `table` makes an entry when there is none.
    KnownTable& table(const std::string& name) { return tables_[name]; }
    const KnownTable* find(const std::string& name) const {
        const auto found = tables_.find(name);
        return found == tables_.end() ? nullptr : &found->second;
    }
    const KnownColumn* find_column(const std::string& table, const std::string& column) const {
        const KnownTable* known = find(table);
        if (known == nullptr) {
            return nullptr;
        }
        const auto found = known->columns.find(column);
        return found == known->columns.end() ? nullptr : &found->second;
    }
    void rename_table(const std::string& from, const std::string& to) {
        auto node = tables_.extract(from);
        if (!node.empty()) {
            node.key() = to;
            tables_.insert(std::move(node));
        }
    }
    void forget_table(const std::string& name) { tables_.erase(name); }
    const std::map<std::string, KnownTable>& tables() const { return tables_; }

    // Types: an enumeration, a composite or a range never makes ADD COLUMN rewrite; a domain may.
    enum class TypeKind { plain, domain };
    void add_type(const std::string& name, TypeKind kind) { types_[name] = kind; }
    std::optional<TypeKind> type_kind(const std::string& name) const {
        const auto found = types_.find(name);
        return found == types_.end() ? std::nullopt : std::optional(found->second);
    }

    // Created by the file that is being read, and certainly new (no IF NOT EXISTS): nobody uses it
    // yet. `kind`: "table", "index", "view", "type", …
    void add_new(const std::string& kind, const std::string& name) {
        new_.insert(kind + ":" + name);
    }
    void forget_new(const std::string& kind, const std::string& name) {
        new_.erase(kind + ":" + name);
    }
    bool is_new(const std::string& kind, const std::string& name) const {
        return new_.contains(kind + ":" + name);
    }
    void next_file() { new_.clear(); }
    // After a ROLLBACK nothing is certain: what was learned is forgotten.
    void forget_all() {
        new_.clear();
        tables_.clear();
        types_.clear();
    }

private:
    std::map<std::string, KnownTable> tables_{};
    std::map<std::string, TypeKind> types_{};
    std::set<std::string> new_{};
};

}  // namespace teal::cli::migration
