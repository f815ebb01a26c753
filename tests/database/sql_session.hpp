// One connection to the database under test.
#pragma once

#include <libpq-fe.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace teal::database {

using Rows = std::vector<std::vector<std::string>>;

class SqlError : public std::runtime_error {
public:
    SqlError(const std::string& what, std::string state)
        : std::runtime_error(what), state_(std::move(state)) {}
    const std::string& state() const { return state_; }  // SQLSTATE

private:
    std::string state_;
};

// Throws std::runtime_error when it cannot connect, SqlError when the server refuses.
class SqlSession {
public:
    explicit SqlSession(const std::string& connection);

    Rows ask(const std::string& sql);
    std::string one(const std::string& sql);
    // Sends it; the answer is taken by finish().
    void start(const std::string& sql);
    bool busy();
    bool in_transaction() const { return PQtransactionStatus(connection_.get()) > PQTRANS_ACTIVE; }
    Rows finish();
    int server_pid() const { return PQbackendPID(connection_.get()); }

private:
    Rows rows_of(PGresult* result) const;

    std::unique_ptr<PGconn, decltype(&PQfinish)> connection_;
};

}  // namespace teal::database
