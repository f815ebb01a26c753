// `teal db lint`, the whole process: a thousand migration files, and one file of 10 MB.
#include "tests/bench/cli.hpp"
#include "tests/bench/figure.hpp"
#include "tests/bench/samples.hpp"
#include "tests/harness/process.hpp"
#include "tests/harness/workspace.hpp"

#include <iostream>
#include <stdexcept>

using namespace teal;
using namespace teal::bench;

namespace {

constexpr int kFiles = 1000;
constexpr std::size_t kBigFile_bytes = 10'000'000;

// What a migration of a web application looks like: a table, its index and key, a column more.
std::string migration(int number) {
    const std::string n = std::to_string(number);
    const std::string before = std::to_string(number > 0 ? number - 1 : 0);
    return "-- migration " + n +
           "\n"
           "SET lock_timeout = '2s';\n"
           "CREATE TABLE orders_" +
           n +
           " (\n    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n"
           "    customer_id bigint NOT NULL,\n    name varchar(80) NOT NULL DEFAULT '',\n"
           "    total numeric(12, 2) CHECK (total >= 0),\n    created_at timestamptz DEFAULT "
           "now()\n"
           ");\n"
           "CREATE INDEX orders_" +
           n + "_customer ON orders_" + n +
           " (customer_id);\n"
           "ALTER TABLE orders_" +
           before + " ADD COLUMN note_" + n +
           " text DEFAULT 'grün';\n"
           "ALTER TABLE orders_" +
           before +
           " ALTER COLUMN name TYPE varchar(120);\n"
           "UPDATE orders_" +
           before + " SET name = lower(name) WHERE id BETWEEN 1 AND 1000;\n";
}

// Wall times in seconds. Throws when a run ends neither well nor with findings.
std::vector<double> measured(const std::string& path, int rounds) {
    std::vector<double> seconds;
    for (int i = 0; i < rounds; ++i) {
        const auto ran = harness::run({cli_path(), "db", "lint", path}, std::chrono::minutes(5));
        if (ran.exit_code != 0 && ran.exit_code != 1) {
            throw std::runtime_error("teal db lint: exit code " + std::to_string(ran.exit_code) +
                                     "\n" + ran.err);
        }
        seconds.push_back(static_cast<double>(ran.wall.count()) / 1e6);
    }
    return seconds;
}

}  // namespace

int main() try {
    harness::Workspace workspace("bench-lint");
    std::string big;
    for (int i = 0; i < kFiles; ++i) {
        workspace.write("migrations/" + std::to_string(i) + "_orders.sql", migration(i));
    }
    for (int i = 0; big.size() < kBigFile_bytes; ++i) {
        big += migration(i);
    }
    workspace.write("big.sql", big);
    const double files_s = median(measured(workspace.path("migrations").string(), 5));
    const double big_s = median(measured(workspace.path("big.sql").string(), 3));
    print_figure("lint: 1000 migration files, whole process: median s", number(files_s, 2), "",
                 "<= 2", met_if(files_s <= 2));
    print_figure("lint: one file of 10 MB, whole process: median s", number(big_s, 2), "", "stated",
                 Met::stated);
    return 0;
} catch (const std::exception& error) {
    std::cerr << "bench_lint: " << error.what() << "\n";
    return 1;
}
