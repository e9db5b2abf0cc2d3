// Spreads independent pieces of work over threads.
#include "gcompress/prune/reconstruct/threads.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace gcompress::prune {

void for_each_piece(std::int64_t count, const RunContext& context,
                    const std::function<void(std::int64_t)>& work) {
  const auto machine = static_cast<std::int64_t>(std::max(1U, std::thread::hardware_concurrency()));
  const std::int64_t threads = std::min(count, context.threads > 0 ? context.threads : machine);
  std::atomic<std::int64_t> next = 0;
  std::exception_ptr failure;
  std::mutex failing;
  const auto take = [&] {
    try {
      for (std::int64_t i = next++; i < count; i = next++) {
        context.check_cancelled();
        work(i);
      }
    } catch (...) {
      next = count;
      const std::lock_guard lock(failing);
      if (!failure) failure = std::current_exception();
    }
  };
  std::vector<std::jthread> helpers;
  for (std::int64_t i = 1; i < threads; ++i) helpers.emplace_back(take);
  take();
  helpers.clear();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace gcompress::prune
