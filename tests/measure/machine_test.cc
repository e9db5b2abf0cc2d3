// The machine by made-up /proc and /sys trees.
#include "gcompress/measure/machine.h"

#include <gtest/gtest.h>

#include "tests/support/scratch.h"

namespace gcompress::measure {
namespace {

void make_processor(const testing::Scratch& root, int number, int socket, int core) {
  const std::string at = "sys/devices/system/cpu/cpu" + std::to_string(number) + "/topology/";
  root.write(at + "physical_package_id", std::to_string(socket) + "\n");
  root.write(at + "core_id", std::to_string(core) + "\n");
}

TEST(DescribeMachine, CountsThreadsCoresAndSockets) {
  const testing::Scratch root;
  root.write("sys/devices/system/cpu/online", "0-7\n");
  for (int i = 0; i < 8; ++i) make_processor(root, i, i / 4, i % 2);
  root.write("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "performance\n");
  root.write("proc/meminfo", "MemTotal:       16384 kB\nMemFree: 1 kB\n");
  root.write("proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu avx2 fma\n");
  const Machine machine = describe_machine(root.path());
  EXPECT_EQ(machine.processors, 8);
  EXPECT_EQ(machine.cores, 4);
  EXPECT_EQ(machine.sockets, 2);
  EXPECT_EQ(machine.memory_bytes, 16384U * 1024);
  EXPECT_EQ(machine.is_virtual, false);
  EXPECT_EQ(machine.governor, "performance");
}

TEST(DescribeMachine, AHypervisorGivesItselfAway) {
  const testing::Scratch flag;
  flag.write("proc/cpuinfo", "flags\t\t: fpu hypervisor\n");
  EXPECT_EQ(describe_machine(flag.path()).is_virtual, true);
  const testing::Scratch firmware;
  firmware.write("sys/class/dmi/id/sys_vendor", "QEMU\n");
  firmware.write("sys/class/dmi/id/product_name", "Standard PC\n");
  EXPECT_EQ(describe_machine(firmware.path()).is_virtual, true);
  EXPECT_EQ(describe_machine(firmware.path()).virtualization, "QEMU Standard PC");
}

TEST(DescribeMachine, AnEmptyTreeIsOneProcessorAndNoGuesses) {
  const testing::Scratch root;
  const Machine machine = describe_machine(root.path());
  EXPECT_EQ(machine.processors, 1);
  EXPECT_EQ(machine.cores, 1);
  EXPECT_FALSE(machine.is_virtual);
  EXPECT_FALSE(machine.memory_bytes);
  EXPECT_EQ(machine.governor, "");
}

TEST(DescribeMachine, GarbageStaysUnknown) {
  const testing::Scratch root;
  root.write("sys/devices/system/cpu/online", "0-99999999999\n");
  root.write("proc/meminfo", "MemTotal: lots kB\n");
  root.write("sys/class/dmi/id/sys_vendor", std::string(100'000, '\x1b'));
  const Machine machine = describe_machine(root.path());
  EXPECT_EQ(machine.processors, 1);
  EXPECT_FALSE(machine.memory_bytes);
  EXPECT_EQ(machine.virtualization, "");
}

}  // namespace
}  // namespace gcompress::measure
