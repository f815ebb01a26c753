// What pg_restore of 17 complains of on an older server, and what it does not hide.
#include "cli/database/unknown_setting.hpp"
#include "tests/catch.hpp"

using namespace teal::cli;
using namespace teal::cli::database;
using Catch::Matchers::ContainsSubstring;

namespace {

const std::string kComplaint =
    "pg_restore: error: could not execute query: ERROR:  unrecognized configuration parameter "
    "\"transaction_timeout\"\nCommand was: SET transaction_timeout = 0;\n";
const std::string kOther =
    "pg_restore: while PROCESSING TOC:\npg_restore: from TOC entry 214; 1259 16385 TABLE t gone\n"
    "pg_restore: error: could not execute query: ERROR:  role \"gone\" does not exist\n"
    "Command was: ALTER TABLE public.t OWNER TO gone;\n\n\n";

std::string sum(int errors) {
    return "pg_restore: warning: errors ignored on restore: " + std::to_string(errors) + "\n";
}

CommandResult said(const std::string& text, int exit_code = 1) {
    CommandResult result;
    result.exit_code = exit_code;
    result.err = text;
    return without_unknown_setting(result);
}

}  // namespace

TEST_CASE("only programs of 17 and later set what older servers do not know") {
    CHECK(sets_unknown_setting("17.12", 16));
    CHECK(sets_unknown_setting("18beta1", 13));
    CHECK_FALSE(sets_unknown_setting("17.12", 17));
    CHECK_FALSE(sets_unknown_setting("16.4", 13));
}

TEST_CASE("a restore whose only errors are that complaint has gone well") {
    const CommandResult one =
        said(kComplaint + "pg_restore: warning: errors ignored on restore: 1\n");
    CHECK(one.ok());
    CHECK(one.said().empty());
    // With three jobs: its workers' errors are not in the sum.
    CHECK(said(kComplaint + kComplaint + kComplaint + kComplaint + kComplaint + sum(2)).ok());
    // What it warns of besides is told.
    const CommandResult warned = said(kComplaint + "pg_restore: warning: a hint\n" + sum(1));
    CHECK(warned.ok());
    CHECK(warned.said() == "pg_restore: warning: a hint");
    CHECK(said("", 0).ok());
}

TEST_CASE("another error is one, whatever stands around it") {
    for (const std::string& text :
         {kComplaint + kOther + sum(2), kOther + kComplaint + sum(2), kOther + sum(1),
          kComplaint + "pg_restore: error: a worker process died unexpectedly\n",
          kComplaint + sum(2),  // of one that was not told
          std::string("pg_restore: error: could not execute query: ERROR:  x\nCommand was: SELECT "
                      "'\nSET transaction_timeout = 0;\n'\n"),
          std::string()}) {
        INFO(text);
        CHECK_FALSE(said(text).ok());
    }
    const CommandResult both = said(kComplaint + kOther + sum(2));
    CHECK_THAT(both.said(),
               ContainsSubstring("role \"gone\"") && !ContainsSubstring("transaction_timeout"));
    CHECK_FALSE(said(kComplaint + sum(1), 139).ok());
}
