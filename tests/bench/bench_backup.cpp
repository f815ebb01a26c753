// `teal db backup` and `restore` beside plain pg_dump and pg_restore, of a pgbench database under
// pgbench's load, both on the same server, turn and turn about.
//
// bench_backup [SCALE [ROUNDS]]: scale 70 is about 1 GB. Whoever begins a round changes with each.
// Plain is what one would type: pg_dump -Fc to a file, createdb, pg_restore --exit-on-error.
// Teal's side includes what it does beyond: checksums, reading back, pg_restore --list.
#include "tests/bench/cli.hpp"
#include "tests/bench/figure.hpp"
#include "tests/bench/samples.hpp"
#include "tests/harness/postgres_server.hpp"
#include "tests/harness/process.hpp"
#include "tests/harness/workspace.hpp"

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <stdexcept>

using namespace teal;
using namespace teal::bench;
using namespace std::chrono_literals;

namespace {

constexpr double kMostRatio = 1.05;
constexpr char kLoadRate[] = "100";  // transactions a second

struct Times {
    std::vector<double> backup;
    std::vector<double> restore;
};

class Bench {
public:
    explicit Bench(const std::string& scale) : directory_(workspace_.make_directory("project")) {
        sql("postgres", "CREATE DATABASE bench");
        must({bin("pgbench"), "-i", "-q", "-s", scale, uri("bench")});
        std::cout << "database: "
                  << sql("bench", "SELECT pg_size_pretty(pg_database_size('bench'))");
    }

    void start_load() {
        load_ = std::make_unique<harness::Process>(
            harness::ProcessOptions{.argv = {bin("pgbench"), "-n", "-c", "2", "-R", kLoadRate, "-T",
                                             "100000", uri("bench")},
                                    .directory = directory_});
    }
    std::string end_load() {
        if (!load_->running()) {
            throw std::runtime_error("pgbench ended early: " + load_->out() + load_->err());
        }
        load_->signal(SIGINT);
        load_->wait(10s);
        load_.reset();
        return sql("bench", "SELECT count(*) FROM pgbench_history");
    }

    void plain(Times& times, const std::string& target) {
        const std::string file = (directory_ / "plain.dump").string();
        times.backup.push_back(must({bin("pg_dump"), "-Fc", "-f", file, uri("bench")}));
        double seconds =
            must({bin("createdb"), "-T", "template0", "--maintenance-db", uri("postgres"), target});
        seconds += must({bin("pg_restore"), "--exit-on-error", "-d", uri(target), file});
        times.restore.push_back(seconds);
    }
    void teal(Times& times, const std::string& target) {
        times.backup.push_back(must({cli_path(), "db", "backup", "--keep", "1"}));
        times.restore.push_back(
            must({cli_path(), "db", "restore", "--backup", "backup", "--into", target}));
    }
    double swap() {
        must({cli_path(), "db", "backup", "--keep", "1"});
        return must({cli_path(), "db", "restore", "--backup", "backup"});
    }

    // What pgbench keeps true in each transaction: a backup of one moment keeps it too.
    void demand_consistent(const std::string& database) const {
        const std::string sums =
            sql(database,
                "SELECT (SELECT sum(abalance) FROM pgbench_accounts) = (SELECT sum(bbalance) FROM "
                "pgbench_branches) AND (SELECT sum(bbalance) FROM pgbench_branches) = (SELECT "
                "coalesce(sum(delta), 0) FROM pgbench_history)");
        if (sums != "t\n") {
            throw std::runtime_error(database + " is not of one moment");
        }
    }
    std::string checksums(const std::string& database) const {
        std::string text;
        for (const char* table :
             {"pgbench_accounts", "pgbench_branches", "pgbench_tellers", "pgbench_history"}) {
            text += sql(database, std::string("SELECT count(*), sum(hashtextextended(t::text, 0)) "
                                              "FROM ") +
                                      table + " t");
        }
        return text;
    }
    void drop(const std::string& database) const {
        sql("postgres", "DROP DATABASE \"" + database + "\"");
    }

private:
    std::string bin(const char* name) const { return harness::PostgresServer::binaries() / name; }
    std::string uri(const std::string& database) const {
        return "postgresql://teal@/" + database + "?host=" + workspace_.path("postgres").string();
    }
    // Seconds.
    double must(std::vector<std::string> argv) const {
        harness::ProcessOptions options{.argv = std::move(argv)};
        options.directory = directory_;
        options.env = {{"DATABASE_URL", uri("bench")}};
        const harness::RunResult result = harness::run(options, 60min);
        if (result.exit_code != 0) {
            throw std::runtime_error(options.argv[0] + ": " + result.out + result.err);
        }
        return static_cast<double>(result.wall.count()) / 1e6;
    }
    std::string sql(const std::string& database, const std::string& text) const {
        const harness::RunResult result =
            harness::run({bin("psql"), "-X", "-A", "-t", "-q", "-c", text, uri(database)}, 60min);
        if (result.exit_code != 0) {
            throw std::runtime_error(result.err);
        }
        return result.out;
    }

    harness::Workspace workspace_{"bench_backup"};
    harness::PostgresServer server_{workspace_};
    std::filesystem::path directory_;
    std::unique_ptr<harness::Process> load_;
};

double total(const Times& times) {
    return median(times.backup) + median(times.restore);
}

void tell(const char* name, const Times& times) {
    std::cout << name << ": backup " << number(median(times.backup), 2) << " s, restore "
              << number(median(times.restore), 2) << " s (medians of " << times.backup.size()
              << ")\n";
}

}  // namespace

int main(int argc, char** argv) {
    const std::string scale = argc > 1 ? argv[1] : "70";
    const int rounds = argc > 2 ? std::atoi(argv[2]) : 4;
    try {
        Bench bench(scale);
        Times plain;
        Times teal;
        bench.start_load();
        for (int i = 0; i < rounds; ++i) {
            for (const bool ours : {i % 2 == 0, i % 2 != 0}) {
                ours ? bench.teal(teal, "restored") : bench.plain(plain, "restored");
                bench.demand_consistent("restored");
                bench.drop("restored");
            }
        }
        std::cout << "transactions meanwhile: " << bench.end_load();
        tell("teal db", teal);
        tell("pg_dump, pg_restore", plain);

        Times quiet;
        bench.teal(quiet, "restored");
        const bool equal = bench.checksums("bench") == bench.checksums("restored");
        bench.drop("restored");
        const double swapped = bench.swap();

        const double ratio = total(teal) / total(plain);
        print_figure(
            "backup + restore under load, beside pg_dump + pg_restore (scale " + scale + ")",
            number(total(teal), 2) + " s (" + number(ratio, 3) + " of it)",
            number(total(plain), 2) + " s", "<= 1.05 of it", met_if(ratio <= kMostRatio));
        print_figure("checksums of all tables after a restore", equal ? "equal" : "different", "",
                     "equal", met_if(equal));
        print_figure("restore in the database's place, with statistics", number(swapped, 2) + " s",
                     "", "", Met::stated);
    } catch (const std::exception& error) {
        std::cerr << "bench_backup: " << error.what() << "\n";
        return 1;
    }
    return 0;
}
