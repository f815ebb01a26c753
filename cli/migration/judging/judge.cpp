#include "cli/migration/judging/judge.hpp"

namespace teal::cli::migration {

Complaint& Judge::complain(Rule rule, const Json& where, std::string object, Effect of) {
    const RuleFacts& facts = facts_of(rule);
    complaints.push_back({rule, facts.severity, location(where).value_or(0), std::move(object),
                          facts.what, of, facts.safe});
    return complaints.back();
}

void Judge::touch(const std::string& table, Effect of) {
    if (of.lock > effect.lock || locked.empty()) {
        locked = table;
    }
    effect = both(effect, of);
}

void judge_statement(Judge& judge, const Json& statement) {
    const std::string_view kind = kind_of(statement);
    const Json& node = inside(statement);
    using Family = bool (*)(Judge&, std::string_view, const Json&);
    constexpr Family kFamilies[] = {judge_transaction, judge_setting, judge_table, judge_index,
                                    judge_removal,     judge_type,    judge_rows,  judge_heavy,
                                    judge_opaque,      judge_light};
    bool known = false;
    for (const Family family : kFamilies) {
        known = known || family(judge, kind, node);
    }
    if (!known) {
        judge.complain(Rule::unjudged, node, std::string(kind), {}).message =
            std::string("no rule knows ") + std::string(kind) + ": what it locks is not known here";
    }
    judge_order(judge, kind, node);
}

}  // namespace teal::cli::migration
