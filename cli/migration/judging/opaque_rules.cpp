// Statements that tell nothing about what will be done.
#include "cli/migration/judging/judge.hpp"

namespace teal::cli::migration {

bool judge_opaque(Judge& judge, std::string_view kind, const Json& node) {
    if (kind == "DoStmt") {
        judge.complain(Rule::do_block, node, "", {});
    } else if (kind == "ExecuteStmt") {
        judge.complain(Rule::execute, node, word(node, "name"), {});
    } else if (kind == "CallStmt") {
        const std::string name = last_name(list(member(node, "funccall"), "funcname"));
        judge.complain(Rule::call, node, name, {}).message =
            "what the procedure " + name + " does is not written here";
    } else if (kind == "CopyStmt") {
        const std::string table = relation_name(member(node, "relation"));
        if (flag(node, "is_program")) {
            judge.complain(Rule::copy_program, node, table, {});
        }
        if (flag(node, "is_from") && !judge.is_new(table)) {
            judge.phases.migrate = true;
            judge.touch(table, {Lock::row_exclusive, false, false});
        }
    } else {
        return false;
    }
    return true;
}

}  // namespace teal::cli::migration
