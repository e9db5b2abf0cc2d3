// The engine's threads: the only file that makes any. They stay, one a processor, for the life of
// the process; a call from within a task, or while another thread is served, runs alone.
#pragma once

#include <algorithm>
#include <cstdint>

namespace gcompress::engine {

// Multiplications below which sharing work out costs more than it saves (some microseconds).
inline constexpr std::int64_t kWorthSharing = 200'000;

// 0 means as many as the machine has.
int thread_count(int wanted);

// Calls work(task, thread) for every task from 0 to tasks - 1, in any order, on so many threads;
// `thread` is below `threads`, and one thread works on one task at a time. Returns when all are
// done. `work` must not throw; nothing is allocated for calling it.
template <typename Work>
void parallel(std::int64_t tasks, int threads, const Work& work);

// Calls work(begin, end) for ranges that cover 0 to `all`, a few for each thread so that they even
// out.
template <typename Work>
void parallel_ranges(std::int64_t all, int threads, const Work& work);

// As parallel(), for a function and what it is given first.
using TaskFunction = void (*)(const void* work, std::int64_t task, int thread);
void parallel_tasks(std::int64_t tasks, int threads, TaskFunction function, const void* work);

template <typename Work>
void parallel(std::int64_t tasks, int threads, const Work& work) {
  const TaskFunction call = [](const void* erased, std::int64_t task, int thread) {
    (*static_cast<const Work*>(erased))(task, thread);
  };
  parallel_tasks(tasks, threads, call, &work);
}

template <typename Work>
void parallel_ranges(std::int64_t all, int threads, const Work& work) {
  constexpr std::int64_t kPieces = 4;
  const std::int64_t pieces = threads <= 1 ? 1 : std::min<std::int64_t>(all, kPieces * threads);
  parallel(pieces, threads, [&](std::int64_t piece, int) {
    work(all * piece / pieces, all * (piece + 1) / pieces);
  });
}

}  // namespace gcompress::engine
