// The state of the session that runs a file: the transaction, and the settings rules ask about.
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace teal::cli::migration {

// A setting reduced to a yes or no, with SET, SET LOCAL, COMMIT, ROLLBACK and savepoints.
class Setting {
public:
    bool value() const { return local_.value_or(session_); }
    void set(bool value) {
        session_ = value;
        local_.reset();
    }
    void set_local(bool value) { local_ = value; }
    void begin() { saved_ = session_; }
    void commit() { local_.reset(); }
    void rollback() {
        session_ = saved_;
        local_.reset();
    }
    using Mark = std::pair<bool, std::optional<bool>>;
    Mark mark() const { return {session_, local_}; }
    void return_to(const Mark& mark) { std::tie(session_, local_) = mark; }

private:
    bool session_ = false;
    bool saved_ = false;
    std::optional<bool> local_{};
};

// The first statement of a transaction that did something.
struct Since {
    std::string what{};  // a table; empty: not yet
    std::size_t line = 0;
};

class Session {
public:
    explicit Session(bool assume_in_transaction) : assumed_(assume_in_transaction) {
        in_transaction_ = assumed_;
    }

    bool in_transaction() const { return in_transaction_; }
    // The migration tool's, not the file's.
    bool assumed() const { return assumed_; }
    std::size_t transaction() const { return number_; }
    std::size_t begun_at() const { return begun_at_; }

    void begin(std::size_t offset);
    void commit();
    void rollback();
    void savepoint(const std::string& name);
    void rollback_to(const std::string& name);
    // A statement outside a transaction is one of its own.
    void end_statement();

    Setting lock_timeout{};
    Setting utc{};
    bool lost_set_local = false;  // SET LOCAL lock_timeout outside a transaction: without effect

    // In this transaction; the file's ones where there is no transaction.
    Since access_exclusive{};
    bool after_access_exclusive_said = false;
    Since schema_change{};
    Since row_change{};
    std::set<std::string> added_enum_values{};
    bool rolled_back = false;

private:
    void next();

    bool assumed_;
    bool in_transaction_ = false;
    std::size_t begun_at_ = 0;
    std::size_t number_ = 1;
    struct Savepoint {
        std::string name;
        Setting::Mark lock_timeout;
        Setting::Mark utc;
    };
    std::vector<Savepoint> savepoints_{};
};

}  // namespace teal::cli::migration
