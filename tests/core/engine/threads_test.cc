// The engine's threads.
#include "gcompress/core/engine/threads.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>
#include <vector>

namespace gcompress::engine {
namespace {

// Runs so many tasks and returns whether each ran exactly once, by a thread below `threads`.
bool each_runs_once(std::int64_t tasks, int threads) {
  std::vector<std::atomic<int>> runs(static_cast<std::size_t>(tasks));
  std::atomic<bool> below = true;
  parallel(tasks, threads, [&](std::int64_t task, int thread) {
    ++runs[static_cast<std::size_t>(task)];
    if (thread < 0 || thread >= threads) below = false;
  });
  for (const std::atomic<int>& count : runs) {
    if (count != 1) return false;
  }
  return below;
}

TEST(EngineThreads, EveryTaskRunsOnceWhateverTheCounts) {
  for (const int threads : {1, 2, 3, 8}) {
    for (const std::int64_t tasks : {0, 1, 2, 7, 1000}) {
      EXPECT_TRUE(each_runs_once(tasks, threads)) << tasks << " tasks, " << threads << " threads";
    }
  }
}

TEST(EngineThreads, RangesCoverEverythingOnce) {
  for (const std::int64_t all : {0, 1, 5, 100}) {
    std::vector<std::atomic<int>> seen(static_cast<std::size_t>(all));
    parallel_ranges(all, 2, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) ++seen[static_cast<std::size_t>(i)];
    });
    for (const std::atomic<int>& count : seen) EXPECT_EQ(count, 1);
  }
}

TEST(EngineThreads, ATaskMayHaveTasksOfItsOwn) {
  std::atomic<int> runs = 0;
  parallel(4, 2, [&](std::int64_t, int) { parallel(5, 2, [&](std::int64_t, int) { ++runs; }); });
  EXPECT_EQ(runs, 20);
}

TEST(EngineThreads, SeveralCallersAreServedAtOnce) {
  std::atomic<int> right = 0;
  std::vector<std::thread> callers;
  for (int i = 0; i < 3; ++i) {
    callers.emplace_back([&right] {
      for (int round = 0; round < 50; ++round) right += each_runs_once(20, 2) ? 1 : 0;
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(right, 150);
}

TEST(EngineThreads, AForkedProcessWorksAlone) {
  EXPECT_TRUE(each_runs_once(10, 2));  // the team is there
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) _exit(each_runs_once(10, 2) ? 0 : 1);
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace gcompress::engine
