#include "tests/database/sql_session.hpp"

namespace teal::database {

SqlSession::SqlSession(const std::string& connection)
    : connection_(PQconnectdb(connection.c_str()), PQfinish) {
    if (PQstatus(connection_.get()) != CONNECTION_OK) {
        throw std::runtime_error(PQerrorMessage(connection_.get()));
    }
    PQsetNoticeProcessor(
        connection_.get(), [](void*, const char*) {}, nullptr);
}

Rows SqlSession::rows_of(PGresult* result) const {
    const std::unique_ptr<PGresult, decltype(&PQclear)> owned(result, PQclear);
    const ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK && status != PGRES_EMPTY_QUERY) {
        const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
        throw SqlError(PQresultErrorMessage(result), state != nullptr ? state : "");
    }
    Rows rows(static_cast<std::size_t>(PQntuples(result)));
    for (int row = 0; row < PQntuples(result); ++row) {
        for (int column = 0; column < PQnfields(result); ++column) {
            rows[static_cast<std::size_t>(row)].emplace_back(PQgetvalue(result, row, column));
        }
    }
    return rows;
}

Rows SqlSession::ask(const std::string& sql) {
    return rows_of(PQexec(connection_.get(), sql.c_str()));
}

std::string SqlSession::one(const std::string& sql) {
    return ask(sql).at(0).at(0);
}

void SqlSession::start(const std::string& sql) {
    if (PQsendQuery(connection_.get(), sql.c_str()) != 1) {
        throw std::runtime_error(PQerrorMessage(connection_.get()));
    }
}

bool SqlSession::busy() {
    PQconsumeInput(connection_.get());
    return PQisBusy(connection_.get()) != 0;
}

Rows SqlSession::finish() {
    Rows rows;
    std::unique_ptr<SqlError> error;
    while (PGresult* result = PQgetResult(connection_.get())) {
        try {
            rows = rows_of(result);
        } catch (const SqlError& thrown) {
            error = std::make_unique<SqlError>(thrown);
        }
    }
    if (error) {
        throw *error;
    }
    return rows;
}

}  // namespace teal::database
