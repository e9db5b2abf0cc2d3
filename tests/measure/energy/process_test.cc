// Commands and their processor time: on made-up /proc trees, and with real processes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "gcompress/core/base/error.h"
#include "gcompress/measure/energy/child_process.h"
#include "gcompress/measure/energy/process_times.h"
#include "tests/measure/energy/fake_system.h"
#include "tests/support/scratch.h"

namespace gcompress::measure {
namespace {

using ::testing::HasSubstr;

const double kTicks = static_cast<double>(sysconf(_SC_CLK_TCK));

void write_stat(const testing::Scratch& proc, int process, int parent, int ticks,
                const std::string& name = "train", char state = 'R', int began = 500) {
  proc.write(std::to_string(process) + "/stat",
             std::to_string(process) + " (" + name + ") " + state + " " + std::to_string(parent) +
                 " 1 1 0 -1 0 0 0 0 0 " + std::to_string(ticks) + " 2 3 4 20 0 1 0 " +
                 std::to_string(began) + " 0 0\n");
}

TEST(ProcessTree, SumsTheRootAndAllBelowIt) {
  const testing::Scratch proc;
  write_stat(proc, 10, 1, 100);
  write_stat(proc, 11, 10, 50);
  write_stat(proc, 12, 11, 25);
  write_stat(proc, 13, 1, 1000);  // somebody else's
  proc.write("self/stat", "nonsense");
  ProcessTree tree(10, proc.path());
  EXPECT_TRUE(tree.runs());
  EXPECT_DOUBLE_EQ(*tree.processor_seconds(), (100 + 50 + 25 + 3 * 9) / kTicks);
}

TEST(ProcessTree, NamesMayHoldAnything) {
  const testing::Scratch proc;
  write_stat(proc, 10, 1, 100, "a) R 7 (b");
  ProcessTree tree(10, proc.path());
  EXPECT_DOUBLE_EQ(*tree.processor_seconds(), 109 / kTicks);
}

TEST(ProcessTree, NeverFalls) {
  const testing::Scratch proc;
  write_stat(proc, 10, 1, 100);
  write_stat(proc, 11, 10, 50);
  ProcessTree tree(10, proc.path());
  const double before = *tree.processor_seconds();
  std::filesystem::remove_all(proc / "11");
  EXPECT_EQ(*tree.processor_seconds(), before);
}

TEST(ProcessTree, EndsWithItsRootAndWithTheNumbersNextOwner) {
  const testing::Scratch proc;
  write_stat(proc, 10, 1, 100);
  ProcessTree tree(10, proc.path());
  write_stat(proc, 10, 1, 100, "train", 'Z');
  EXPECT_FALSE(tree.runs());
  EXPECT_TRUE(tree.processor_seconds());  // a zombie still has its times
  write_stat(proc, 10, 1, 7, "other", 'R', 501);
  EXPECT_FALSE(tree.runs());
  EXPECT_FALSE(tree.processor_seconds());
  std::filesystem::remove_all(proc / "10");
  EXPECT_FALSE(tree.runs());
  EXPECT_FALSE(ProcessTree(99, proc.path()).runs());
}

TEST(ProcessTree, IsFollowedUntilItEndsOrFollowingIsToStop) {
  const testing::Scratch proc;
  write_stat(proc, 10, 1, 100);
  const ProcessTree tree(10, proc.path());
  const FakeClock fake;
  std::atomic<bool> stop = false;
  const double start = fake.now();
  EXPECT_FALSE(tree.ended_within(3, fake.clock(), stop));
  EXPECT_NEAR(fake.now() - start, 3, 1e-9);
  stop = true;
  EXPECT_TRUE(tree.ended_within(3, fake.clock(), stop));
  stop = false;
  write_stat(proc, 10, 1, 100, "train", 'Z');
  EXPECT_TRUE(tree.ended_within(3, fake.clock(), stop));
  EXPECT_NEAR(fake.now() - start, 3, 1e-9);
}

TEST(ProcessTree, DamagedFilesAreNoProcesses) {
  const testing::Scratch proc;
  for (const std::string text : {"", "10", "10 (x", "10 (x)", "10 (x) R 1 2 3"}) {
    proc.write("10/stat", text);
    EXPECT_FALSE(ProcessTree(10, proc.path()).runs()) << text;
  }
}

TEST(ChildProcess, PassesTheExitCodeOn) {
  EXPECT_EQ(ChildProcess({"sh", "-c", "exit 7"}).exit_code(), 7);
  EXPECT_EQ(ChildProcess({"sh", "-c", "kill -TERM $$"}).exit_code(), 128 + 15);
}

TEST(ChildProcess, WaitsNoLongerThanAskedAndKeepsItsTimes) {
  ChildProcess child({"sh", "-c", "sleep 0.2"});
  EXPECT_FALSE(child.ended_within(0.01));
  EXPECT_TRUE(child.ended_within(60));
  EXPECT_TRUE(ProcessTree(child.id()).processor_seconds());
  EXPECT_EQ(child.exit_code(), 0);
  EXPECT_TRUE(child.ended_within(0));
}

TEST(ChildProcess, RefusesWhatCannotBeRun) {
  try {
    ChildProcess({"no-such-program-here", "x"});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    EXPECT_THAT(error.what(), HasSubstr("no-such-program-here"));
  }
}

}  // namespace
}  // namespace gcompress::measure
