// Access to words in mapped memory that other processes read and write at the same time.
//
// Every such word is an aligned 64 or 32-bit atomic. Payload is copied with acquire loads and
// release stores (on x86 and arm64 plain or nearly plain moves): the ordering between payload and
// generation then needs no stand-alone fence, which ThreadSanitizer could not see.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace teal {

template <typename Word>
inline Word load_shared(const Word& word, std::memory_order order) {
    static_assert(std::atomic_ref<Word>::is_always_lock_free);
    // atomic_ref of a const object only exists from C++26; a load writes nothing.
    return std::atomic_ref<Word>(const_cast<Word&>(word)).load(order);
}

template <typename Word>
inline void store_shared(Word& word, Word value, std::memory_order order) {
    std::atomic_ref<Word>(word).store(value, order);
}

// Adds to a word that only this thread writes: no locked instruction is needed, readers in other
// processes see the old or the new value.
template <typename Word>
inline void add_own(Word& word, Word amount, std::memory_order order = std::memory_order_relaxed) {
    std::atomic_ref<Word> shared(word);
    shared.store(shared.load(std::memory_order_relaxed) + amount, order);
}

// Copies `bytes` (a multiple of 8) out of shared memory. REQUIRES: both 8-byte aligned.
inline void copy_from_shared(void* to, const void* from, std::size_t bytes) {
    const auto* source = static_cast<const std::uint64_t*>(from);
    auto* target = static_cast<std::byte*>(to);
    for (std::size_t i = 0; i < bytes / 8; ++i) {
        const std::uint64_t word = load_shared(source[i], std::memory_order_acquire);
        std::memcpy(target + i * 8, &word, 8);
    }
}

// Copies `bytes` (a multiple of 8) into shared memory. REQUIRES: both 8-byte aligned.
inline void copy_to_shared(void* to, const void* from, std::size_t bytes) {
    auto* target = static_cast<std::uint64_t*>(to);
    const auto* source = static_cast<const std::byte*>(from);
    for (std::size_t i = 0; i < bytes / 8; ++i) {
        std::uint64_t word = 0;
        std::memcpy(&word, source + i * 8, 8);
        store_shared(target[i], word, std::memory_order_release);
    }
}

}  // namespace teal
