// A team of threads that waits for work, awake for a moment after it was busy.
#include "gcompress/core/engine/threads.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <system_error>
#include <thread>
#include <vector>

namespace gcompress::engine {
namespace {

// How often a thread looks for work, or for the others' end, before it lets another run: some tens
// of microseconds, longer than the steps of a small network lie apart.
constexpr int kLooks = 20'000;
constexpr std::size_t kApart = 64;  // bytes of a cache line

void pause_a_little() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

// Processors that this process may use.
std::vector<int> processors() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  std::vector<int> found;
  if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0) return found;
  for (int i = 0; i < CPU_SETSIZE; ++i) {
    if (CPU_ISSET(i, &allowed)) found.push_back(i);
  }
  return found;
}

// Left to the scheduler, a thread may wake on the processor of the one that woke it, and both then
// take turns there while another processor is idle.
void stay_apart(int worker, int caller_processor) {
  const std::vector<int> all = processors();
  if (static_cast<int>(all.size()) <= worker) return;
  const auto caller = std::ranges::find(all, caller_processor) - all.begin();
  cpu_set_t own;
  CPU_ZERO(&own);
  CPU_SET(all[static_cast<std::size_t>(caller + worker) % all.size()], &own);
  sched_setaffinity(0, sizeof(own), &own);
}

class Team {
 public:
  ~Team() {
    if (getpid() != process_) {  // a fork: the threads stayed behind
      for (std::thread& worker : workers_) worker.detach();
      return;
    }
    stops_ = true;
    post();
    for (std::thread& worker : workers_) worker.join();
  }

  // False if the team is at work already, for another thread or for the one that asks, or if this
  // is a fork of the process that has it.
  bool run(std::int64_t tasks, int threads, TaskFunction function, const void* work) {
    if (getpid() != process_ || busy_.exchange(true, std::memory_order_acquire)) return false;
    if (!has_workers(threads - 1)) {
      busy_ = false;
      return false;
    }
    function_ = function;
    work_ = work;
    tasks_ = tasks;
    threads_ = threads;
    // As many tasks as threads are theirs by number, without asking.
    each_has_one_ = tasks == threads;
    next_.store(0, std::memory_order_relaxed);
    unfinished_.store(static_cast<int>(workers_.size()), std::memory_order_relaxed);
    post();
    take_tasks(0);
    for (int looks = 0; unfinished_.load(std::memory_order_acquire) > 0; ++looks) {
      if (looks < kLooks) {
        pause_a_little();
      } else {
        std::this_thread::yield();
      }
    }
    busy_.store(false, std::memory_order_release);
    return true;
  }

 private:
  // False if the system gives no more threads.
  bool has_workers(int count) {
    try {
      while (static_cast<int>(workers_.size()) < count) {
        const int number = static_cast<int>(workers_.size()) + 1;
        workers_.emplace_back(
            [this, number, seen = round_.load(), at = sched_getcpu()] { serve(number, seen, at); });
      }
      return true;
    } catch (const std::system_error&) {
      return false;
    }
  }

  void post() {
    round_.fetch_add(1);  // before asleep_ is read: whoever sleeps by then saw it or is woken
    if (asleep_.load() > 0) round_.notify_all();
  }

  void take_tasks(int thread) {
    if (each_has_one_) return function_(work_, thread, thread);
    for (;;) {
      const std::int64_t task = next_.fetch_add(1, std::memory_order_relaxed);
      if (task >= tasks_) return;
      function_(work_, task, thread);
    }
  }

  void serve(int number, std::uint32_t seen, int caller_processor) {
    stay_apart(number, caller_processor);
    for (;;) {
      await_round(seen);
      seen = round_.load(std::memory_order_acquire);
      if (stops_) return;
      if (number < threads_) take_tasks(number);
      unfinished_.fetch_sub(1, std::memory_order_release);
    }
  }

  void await_round(std::uint32_t seen) {
    for (int looks = 0; looks < kLooks; ++looks) {
      if (round_.load(std::memory_order_acquire) != seen) return;
      pause_a_little();
    }
    asleep_.fetch_add(1);
    round_.wait(seen);
    asleep_.fetch_sub(1);
  }

  const pid_t process_ = getpid();
  std::atomic<bool> busy_ = false;
  std::vector<std::thread> workers_;
  std::atomic<int> asleep_ = 0;
  // What threads wait for lies apart from what others write meanwhile.
  alignas(kApart) std::atomic<int> unfinished_ = 0;
  alignas(kApart) std::atomic<std::int64_t> next_ = 0;
  // Of the present round, and its number: one line brings all of it.
  alignas(kApart) std::atomic<std::uint32_t> round_ = 0;
  std::atomic<bool> stops_ = false;
  TaskFunction function_ = nullptr;
  const void* work_ = nullptr;
  std::int64_t tasks_ = 0;
  int threads_ = 1;
  bool each_has_one_ = false;
};

}  // namespace

int thread_count(int wanted) {
  return wanted > 0 ? wanted : std::max(1, static_cast<int>(processors().size()));
}

void parallel_tasks(std::int64_t tasks, int threads, TaskFunction function, const void* work) {
  static Team team;
  const int used = static_cast<int>(std::min<std::int64_t>(tasks, threads));
  if (used > 1 && team.run(tasks, used, function, work)) return;
  for (std::int64_t task = 0; task < tasks; ++task) function(work, task, 0);
}

}  // namespace gcompress::engine
