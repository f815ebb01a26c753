#include "cli/migration/grammar.hpp"

#include <pg_query.h>
#include <pthread.h>
#include <algorithm>
#include <cstdlib>
#include <new>

namespace teal::cli::migration {
namespace {

// Of a thread of its own for what may nest: about 12 kB for each of kDeepest levels, of which only
// what is used becomes memory.
constexpr std::size_t kStack_bytes = std::size_t{64} << 20u;
// Deeper than this goes to such a thread; an ordinary stack holds this many levels many times.
constexpr std::size_t kShallow = 200;

// `cursor` counts characters from 1.
std::size_t byte_of_character(const std::string& sql, int cursor) {
    std::size_t at = 0;
    for (int left = cursor - 1; at < sql.size(); ++at) {
        const bool begins = (static_cast<unsigned char>(sql[at]) & 0xC0u) != 0x80u;
        if (begins && left-- <= 0) {
            break;
        }
    }
    return std::min(at, sql.empty() ? 0 : sql.size() - 1);
}

ParseOutcome parse_here(const std::string& sql) {
    ParseOutcome outcome;
    const PgQueryParseResult result = pg_query_parse(sql.c_str());
    if (result.error != nullptr) {
        outcome.error = result.error->message;
        outcome.error_offset = byte_of_character(sql, result.error->cursorpos);
    } else {
        Json tree = Json::parse(result.parse_tree, nullptr, false);
        if (tree.is_discarded()) {
            outcome.error = "libpg_query's parse tree is no JSON";
        } else {
            for (Json& statement : tree["stmts"]) {
                outcome.statements.push_back(std::move(statement["stmt"]));
            }
        }
    }
    pg_query_free_parse_result(result);
    return outcome;
}

struct Errand {
    const std::string& sql;
    ParseOutcome outcome{};
};

void* run_errand(void* pointer) {
    Errand& errand = *static_cast<Errand*>(pointer);
    errand.outcome = parse_here(errand.sql);
    return nullptr;
}

ParseOutcome parse_with_room(const std::string& sql) {
    Errand errand{sql};
    pthread_attr_t attributes;
    pthread_t thread{};
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, kStack_bytes);
    const bool started = pthread_create(&thread, &attributes, run_errand, &errand) == 0;
    pthread_attr_destroy(&attributes);
    if (!started) {
        throw std::bad_alloc();
    }
    pthread_join(thread, nullptr);
    return std::move(errand.outcome);
}

}  // namespace

ParseOutcome parse_sql(const std::string& sql) {
    const std::size_t nesting = nesting_of(sql);
    if (nesting > kDeepest) {
        return {{}, "it nests or chains deeper than " + std::to_string(kDeepest) + " levels", 0};
    }
    return nesting > kShallow ? parse_with_room(sql) : parse_here(sql);
}

int grammar_version() {
    return std::atoi(PG_MAJORVERSION);
}

}  // namespace teal::cli::migration
