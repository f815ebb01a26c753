// The hash that places a visitor on a split's ring, and the checksum of everything we store.
//
// XXH3 (https://github.com/Cyan4973/xxHash, stable since 0.8.0) inlined from Debian's
// libxxhash-dev: its value for given bytes and seed is part of our ABI, because module and CLI must
// agree on it across versions; tests pin golden values.
#pragma once

#ifndef XXH_INLINE_ALL
#define XXH_INLINE_ALL
#endif
#include <xxhash.h>

#include <cstddef>
#include <cstdint>

namespace teal {

// Point on the ring, uniform over 64 bits, of a key in a split with this salt.
inline std::uint64_t key_hash(const void* key, std::size_t bytes, std::uint64_t salt) {
    return XXH3_64bits_withSeed(key, bytes, salt);
}

inline std::uint64_t checksum(const void* bytes, std::size_t count, std::uint64_t seed = 0) {
    return XXH3_64bits_withSeed(bytes, count, seed);
}

}  // namespace teal
