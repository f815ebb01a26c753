#include "cli/migration/session.hpp"

namespace teal::cli::migration {

void Session::begin(std::size_t offset) {
    if (in_transaction_) {
        return;
    }
    next();
    in_transaction_ = true;
    begun_at_ = offset;
    lock_timeout.begin();
    utc.begin();
}

void Session::commit() {
    lock_timeout.commit();
    utc.commit();
    in_transaction_ = false;
    assumed_ = false;
    next();
}

void Session::rollback() {
    lock_timeout.rollback();
    utc.rollback();
    in_transaction_ = false;
    assumed_ = false;
    rolled_back = true;
    next();
}

void Session::savepoint(const std::string& name) {
    savepoints_.push_back({name, lock_timeout.mark(), utc.mark()});
}

void Session::rollback_to(const std::string& name) {
    while (!savepoints_.empty() && savepoints_.back().name != name) {
        savepoints_.pop_back();
    }
    if (!savepoints_.empty()) {
        lock_timeout.return_to(savepoints_.back().lock_timeout);
        utc.return_to(savepoints_.back().utc);
    }
}

void Session::end_statement() {
    if (!in_transaction_) {
        ++number_;
        access_exclusive = {};
        added_enum_values.clear();
    }
}

void Session::next() {
    ++number_;
    access_exclusive = {};
    after_access_exclusive_said = false;
    schema_change = {};
    row_change = {};
    added_enum_values.clear();
    savepoints_.clear();
}

}  // namespace teal::cli::migration
