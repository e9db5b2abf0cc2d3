// The engine's threads: the only file that makes any.
#pragma once

#include <cstdint>
#include <functional>

namespace gcompress::engine {

// Multiplications below which sharing work out costs more than it saves (some microseconds).
inline constexpr std::int64_t kWorthSharing = 200'000;

// 0 means as many as the machine has.
int thread_count(int wanted);

// Calls work(task, thread) for every task from 0 to tasks - 1, in any order, on so many threads;
// `thread` is below `threads`, and one thread works on one task at a time. Returns when all are
// done. `work` must not throw.
void parallel(std::int64_t tasks, int threads,
              const std::function<void(std::int64_t task, int thread)>& work);

}  // namespace gcompress::engine
