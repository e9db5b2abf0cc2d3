// Threads by OpenMP.
#include "gcompress/core/engine/threads.h"

#include <omp.h>

#include <algorithm>

namespace gcompress::engine {

int thread_count(int wanted) { return wanted > 0 ? wanted : omp_get_num_procs(); }

void parallel_tasks(std::int64_t tasks, int threads, TaskFunction function, const void* work) {
  const int used = static_cast<int>(std::min<std::int64_t>(tasks, threads));
  if (used <= 1) {
    for (std::int64_t task = 0; task < tasks; ++task) function(work, task, 0);
    return;
  }
#pragma omp parallel for schedule(dynamic, 1) num_threads(used)
  for (std::int64_t task = 0; task < tasks; ++task) function(work, task, omp_get_thread_num());
}

}  // namespace gcompress::engine
