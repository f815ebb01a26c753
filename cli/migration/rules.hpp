// What `teal db lint` knows: one entry a rule. README's table is written from here and checked
// against it, so an id, once released, keeps its meaning.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace teal::cli::migration {

enum class Severity { error, warning, unknown };

enum class Rule {
    lock_timeout_missing,
    index_not_concurrently,
    drop_index_not_concurrently,
    reindex_not_concurrently,
    detach_not_concurrently,
    refresh_not_concurrently,
    concurrently_in_transaction,
    check_without_not_valid,
    foreign_key_without_not_valid,
    validate_in_same_transaction,
    unique_without_index,
    primary_key_nullable,
    exclude_constraint,
    set_not_null,
    attach_partition_scan,
    inline_references,
    add_column_not_null,
    add_column_volatile_default,
    add_column_unknown_default,
    add_column_unknown_type,
    add_column_serial,
    add_column_identity,
    add_column_stored,
    json_column,
    type_change,
    type_change_unknown,
    drop_table,
    drop_column,
    drop_schema,
    drop_database,
    drop_type,
    drop_view,
    drop_function,
    truncate,
    rename,
    set_schema,
    drop_not_null,
    rename_enum_value,
    nested_begin,
    stray_commit,
    uncommitted_begin,
    after_access_exclusive,
    enum_value_in_transaction,
    update_without_where,
    delete_without_where,
    backfill_with_ddl,
    lock_table,
    cluster,
    vacuum_full,
    set_logged,
    move_table,
    do_block,
    execute,
    call,
    copy_program,
    psql_command,
    unjudged,
    cannot_parse,
    newer_than_server,
    copy_data,
    identifier_too_long,
    not_utf8,
    bad_directive,
    unused_ignore,
    count,
};

// `drops`: breaks the color that still runs; allowed in a file marked `-- teal: contract`.
// `file`: about the file or a directive in it; cannot be ignored by a directive.
enum class RuleKind { lock, drops, order, file };

struct RuleFacts {
    Rule rule;
    const char* id;
    Severity severity;
    RuleKind kind;
    const char* what;  // what is found
    const char* safe;  // what to write instead
};

std::span<const RuleFacts> rule_table();
const RuleFacts& facts_of(Rule rule);
std::optional<Rule> rule_of(std::string_view id);

const char* severity_name(Severity severity);

}  // namespace teal::cli::migration
