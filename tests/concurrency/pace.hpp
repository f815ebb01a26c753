// How much of a long test to do: under ThreadSanitizer everything takes ten times as long, and
// races show in the first rounds.
#pragma once

namespace teal::concurrency {

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TEAL_UNDER_TSAN 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define TEAL_UNDER_TSAN 1
#endif

#ifdef TEAL_UNDER_TSAN
inline constexpr int kPace = 10;  // rounds are divided by this
#else
inline constexpr int kPace = 1;
#endif

}  // namespace teal::concurrency
