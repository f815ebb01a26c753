#include "cli/database/ask.hpp"

#include "cli/error.hpp"

namespace teal::cli::database {
namespace {

constexpr char kFieldEnd = '\x1f';
constexpr char kRowEnd = '\0';  // psql -0: behind every row, also the last one

std::string doubled(const std::string& text, char quote) {
    std::string out(1, quote);
    for (const char c : text) {
        out += c;
        out += c == quote ? std::string(1, c) : "";
    }
    return out + quote;
}

}  // namespace

ProgramCall question(const std::string& database) {
    return {.program = "psql",
            .arguments = {"-X", "-q", "-A", "-t", "-w", "-0", "-v", "ON_ERROR_STOP=1", "-F",
                          std::string(1, kFieldEnd)},
            .database = database};
}

Rows rows_of(const std::string& answer) {
    Rows rows;
    std::size_t at = 0;
    while (at < answer.size()) {
        const std::size_t end = std::min(answer.find(kRowEnd, at), answer.size());
        const std::string row = answer.substr(at, end - at);
        at = end + 1;
        std::vector<std::string> fields;
        for (std::size_t begin = 0; begin <= row.size();) {
            const std::size_t stop = std::min(row.find(kFieldEnd, begin), row.size());
            fields.push_back(row.substr(begin, stop - begin));
            begin = stop + 1;
        }
        rows.push_back(std::move(fields));
    }
    return rows;
}

Rows ask(const Server& server, const std::string& sql, const std::string& database) {
    ProgramCall call = question(database);
    call.input = sql + "\n";
    const CommandResult result = run_command(server.command(call));
    if (!result.ok()) {
        throw failure(server.place() + ": " + result.said(),
                      "these are psql's own words; is the server running, does the database exist, "
                      "and are user and password right?");
    }
    return rows_of(result.out);
}

std::string maintenance_database(const std::string& of) {
    return of == "postgres" ? "template1" : "postgres";
}

std::string quoted_name(const std::string& name) {
    return doubled(name, '"');
}

std::string quoted_literal(const std::string& text) {
    std::string literal = doubled(text, '\'');
    if (text.find('\\') == std::string::npos) {
        return literal;
    }
    std::string escaped = " E";
    for (const char c : literal) {
        escaped += c == '\\' ? "\\\\" : std::string(1, c);
    }
    return escaped;
}

}  // namespace teal::cli::database
