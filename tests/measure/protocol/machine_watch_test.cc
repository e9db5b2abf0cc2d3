// What else happens on the machine, read from a tree of files.
#include "gcompress/measure/protocol/machine_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "tests/support/scratch.h"

namespace gcompress::measure {
namespace {

class FakeRoot {
 public:
  void write(const std::string& file, const std::string& text) const {
    std::filesystem::create_directories((folder_.path() / file).parent_path());
    std::ofstream(folder_.path() / file) << text;
  }
  // Ticks of all processors: busy, idle, stolen.
  void stat(int busy, int idle, int stolen) const {
    write("proc/stat", "cpu  " + std::to_string(busy) + " 0 0 " + std::to_string(idle) + " 0 0 0 " +
                           std::to_string(stolen) + " 0 0\ncpu0 1 2 3\n");
  }
  // Of a process with a name made to confuse.
  void process(int id, int ticks) const {
    write("proc/" + std::to_string(id) + "/stat",
          std::to_string(id) + " (a) b) S 1 1 1 0 -1 0 0 0 0 0 " + std::to_string(ticks) +
              " 0 0 0 20 0 1 0 500\n");
  }
  MachineWatch watch(std::vector<std::int64_t> processes) const {
    return MachineWatch({.root = folder_.path(), .processes = std::move(processes)});
  }

 private:
  testing::Scratch folder_;
};

TEST(MachineWatch, FindsNothingAgainstAMachineThatOnlyWeUse) {
  const FakeRoot root;
  root.stat(100, 900, 0);
  root.process(getpid(), 10);
  root.process(77, 50);
  MachineWatch watch = root.watch({77});
  EXPECT_EQ(watch.trouble(), "");
  root.stat(300, 1000, 0);
  root.process(77, 245);
  EXPECT_EQ(watch.trouble(), "");
}

TEST(MachineWatch, NoticesOtherProcesses) {
  const FakeRoot root;
  root.stat(100, 900, 0);
  root.process(getpid(), 10);
  root.process(77, 50);
  MachineWatch watch = root.watch({77});
  watch.trouble();
  root.stat(300, 1000, 0);
  root.process(77, 150);  // half of what was busy
  EXPECT_EQ(watch.trouble(), "other processes used the processors");
  EXPECT_EQ(watch.trouble(), "");  // nothing since
}

TEST(MachineWatch, CountsWhatOurProcessesStarted) {
  const FakeRoot root;
  root.process(getpid(), 10);
  root.process(77, 50);
  root.write("proc/77/task/77/children", "78 79 ");
  root.process(78, 100);
  EXPECT_DOUBLE_EQ(*root.watch({77}).cpu_seconds() * static_cast<double>(sysconf(_SC_CLK_TCK)),
                   160);
}

TEST(MachineWatch, NoticesTimeThatTheHostWithheldAndHeat) {
  const FakeRoot root;
  root.stat(100, 900, 0);
  MachineWatch watch = root.watch({});
  watch.trouble();
  root.stat(100, 980, 20);
  EXPECT_EQ(watch.trouble(), "the host withheld processor time");
  const std::string throttle =
      "sys/devices/system/cpu/cpu0/thermal_throttle/package_throttle_count";
  root.write(throttle, "3\n");
  root.stat(100, 1100, 20);
  watch.trouble();
  root.write(throttle, "4\n");
  root.stat(100, 1200, 20);
  EXPECT_EQ(watch.trouble(), "the processor was throttled");
}

TEST(MachineWatch, SaysNothingOfWhatTheSystemDoesNotShow) {
  const FakeRoot root;
  MachineWatch watch = root.watch({77});
  EXPECT_EQ(watch.trouble(), "");
  EXPECT_FALSE(watch.cpu_seconds() || watch.temperature() || watch.megahertz());
  root.write("proc/stat", "cpu nonsense");
  EXPECT_EQ(watch.trouble(), "");
}

TEST(MachineWatch, ReadsHeatAndClock) {
  const FakeRoot root;
  root.write("sys/class/thermal/thermal_zone0/type", "acpitz\n");
  root.write("sys/class/thermal/thermal_zone0/temp", "90000\n");
  root.write("sys/class/thermal/thermal_zone1/type", "x86_pkg_temp\n");
  root.write("sys/class/thermal/thermal_zone1/temp", "61500\n");
  root.write("sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq", "3000000\n");
  root.write("sys/devices/system/cpu/cpu1/cpufreq/scaling_cur_freq", "2000000\n");
  const MachineWatch watch = root.watch({});
  EXPECT_EQ(watch.temperature(), 61.5);
  EXPECT_EQ(watch.megahertz(), 2500);
}

}  // namespace
}  // namespace gcompress::measure
