// One writer at a time: an open-file-description lock on `<table>.lock`, beside the table. The
// kernel drops it when its holder dies, however it dies, so there is no stale lock to clean up;
// the file's text only says who holds it.
#pragma once

#include <chrono>
#include <string>

namespace teal::table {

class WriterLock {
public:
    WriterLock() = default;
    WriterLock(WriterLock&& other) noexcept;
    WriterLock& operator=(WriterLock&&) = delete;
    WriterLock(const WriterLock&) = delete;
    ~WriterLock();

    // Waits up to `patience`. Returns an empty string, or the reason why the lock could not be
    // had; a lock held by another names its holder ("pid 4711, teal traffic set").
    std::string acquire(const std::string& lock_path, std::chrono::milliseconds patience,
                        const std::string& holder);
    bool held() const { return descriptor_ >= 0; }

private:
    int descriptor_ = -1;
};

// Who holds the lock, as acquire() says it; empty: nobody, or there is no such file. Only asks: a
// lock taken to find out would be in the way of whoever wants it at that moment.
std::string lock_holder(const std::string& lock_path);

}  // namespace teal::table
