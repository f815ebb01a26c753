// Aligned columns, and remarks that do not widen them.
#include "cli/output/text_table.hpp"

#include "tests/catch.hpp"

using teal::cli::TextTable;

TEST_CASE("columns are as wide as their widest cell, numbers to the right") {
    TextTable table("lr");
    table.add({"blue", "5"});
    table.add({"green", "100"});
    CHECK(table.text("  ") == "  blue     5\n  green  100\n");
}

TEST_CASE("a remark stands below its row, however long, and the columns stay as they are") {
    TextTable table("ll");
    table.add({"a", "b"});
    table.add_remark("  health: web 1 answers with 500, which nobody wanted");
    table.add({"c", "d"});
    CHECK(table.text("") == "a  b\n  health: web 1 answers with 500, which nobody wanted\nc  d\n");
}
