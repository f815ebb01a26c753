#include "cli/database/query.hpp"

#include "cli/database/ask.hpp"
#include "cli/error.hpp"
#include "cli/migration/statement_split.hpp"
#include "cli/output/screen.hpp"

#include <fmt/format.h>
#include <unistd.h>
#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <random>

namespace teal::cli::database {
namespace {

using Json = nlohmann::ordered_json;

std::string session_options(const Query& query) {
    std::string options = query.read_only ? "-c default_transaction_read_only=on" : "";
    if (query.timeout_s > 0) {
        options += fmt::format("{}-c statement_timeout={}", options.empty() ? "" : " ",
                               static_cast<long>(query.timeout_s * 1000));
    }
    return options;
}

ProgramCall psql(const Query& query) {
    return {.program = "psql",
            .arguments = {"-X", "-w", "-P", "pager=off", "-v", "ON_ERROR_STOP=1"},
            .options = session_options(query)};
}

bool print_query(const Server& server, const Query& query) {
    ProgramCall call = psql(query);
    if (query.format == QueryFormat::csv) {
        call.arguments.insert(call.arguments.end(), {"--csv", "-q"});
    }
    call.input = query.sql + "\n";
    Command command = server.command(call);
    command.output_file = STDOUT_FILENO;
    command.error_file = STDERR_FILENO;
    return run_command(command).ok();
}

// Without its semicolon, so that it can be described before it is run.
std::string only_statement(const std::string& sql) {
    const migration::Split split = migration::split_statements(sql);
    if (split.pieces.size() != 1 || split.pieces[0].kind != migration::PieceKind::sql) {
        throw wrong_input(
            fmt::format("--json takes one statement, and these are {}", split.pieces.size()),
            "run them one by one, or leave out --json");
    }
    return sql.substr(split.pieces[0].range.begin,
                      split.pieces[0].range.end - split.pieces[0].range.begin);
}

// What no value is: psql has no other way to tell NULL from a text.
std::string unlikely_text() {
    std::random_device random;
    return fmt::format("teal-{:08x}{:08x}{:08x}{:08x}", random(), random(), random(), random());
}

bool is_json_number(const std::string& text) {
    return Json::accept(text) && text.find_first_not_of("0123456789+-.eE") == std::string::npos;
}

bool is_numeric(const std::string& type) {
    return type == "smallint" || type == "integer" || type == "bigint" || type == "oid" ||
           type == "real" || type == "double precision" || type.starts_with("numeric");
}

std::string text_as_json(const std::string& text) {
    return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string value_as_json(const Column& column, const std::string& value) {
    if (column.type == "boolean") {
        return value == "t" ? "true" : "false";
    }
    if (is_numeric(column.type) && is_json_number(value)) {
        return value;
    }
    if ((column.type == "json" || column.type == "jsonb") && Json::accept(value)) {
        return value;
    }
    return text_as_json(value);
}

std::vector<Column> columns_in(const std::string& described) {
    std::vector<Column> columns;
    for (const auto& row : rows_of(described)) {
        if (row.size() == 2) {
            columns.push_back({row[0], row[1]});
        }
    }
    return columns;
}

std::string command_as_json(std::string said) {
    said.erase(said.find_last_not_of("\r\n") + 1);
    return "{\"command\":" + text_as_json(said) + "}\n";
}

std::string answer_as_json(const std::string& out, const std::string& mark,
                           const std::string& null) {
    const std::size_t end = out.find(mark + "\n");
    if (end == std::string::npos) {
        throw failure("psql did not answer as expected", "try again without --json");
    }
    const std::vector<Column> columns = columns_in(out.substr(0, end));
    std::string answer = out.substr(end + mark.size() + 1);
    if (columns.empty()) {
        return command_as_json(answer);
    }
    // Behind the last row there may be a command's tag: INSERT … RETURNING.
    const std::size_t last = answer.rfind('\0');
    answer.erase(last == std::string::npos ? 0 : last + 1);
    return rows_as_json(columns, rows_of(answer), null);
}

bool print_json(const Server& server, const Query& query) {
    const std::string statement = only_statement(query.sql);
    const std::string null = unlikely_text();
    const std::string mark = unlikely_text();
    ProgramCall call = question();
    std::erase(call.arguments, "-q");  // the command's tag is part of the answer
    call.options = session_options(query);
    call.arguments.insert(call.arguments.end(), {"-P", "null=" + null});
    call.input = statement + "\n\\gdesc\n\\echo " + mark + "\n" + statement + "\n;\n";
    const CommandResult result = run_command(server.command(call));
    if (!result.ok()) {
        warn(result.said());
        return false;
    }
    print(answer_as_json(result.out, mark, null));
    return true;
}

}  // namespace

std::string rows_as_json(const std::vector<Column>& columns,
                         const std::vector<std::vector<std::string>>& rows,
                         const std::string& null) {
    std::string text = "[";
    for (const auto& row : rows) {
        text += text.size() > 1 ? ",\n {" : "\n {";
        for (std::size_t i = 0; i < columns.size() && i < row.size(); ++i) {
            text += i > 0 ? "," : "";
            text += text_as_json(columns[i].name) + ":" +
                    (row[i] == null ? "null" : value_as_json(columns[i], row[i]));
        }
        text += "}";
    }
    return text + (rows.empty() ? "]\n" : "\n]\n");
}

bool run_query(const Server& server, const Query& query) {
    return query.format == QueryFormat::json ? print_json(server, query)
                                             : print_query(server, query);
}

}  // namespace teal::cli::database
