// perf's power events on a made-up tree, with counters of the test's own.
#include "gcompress/measure/energy/perf_power.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/measure/energy/fake_system.h"

namespace gcompress::measure {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kFolder = "bus/event_source/devices/power/";

void make_events(const FakeSystem& system, const std::string& mask) {
  const std::string folder = kFolder;
  system.write(folder + "type", "23");
  system.write(folder + "cpumask", mask);
  for (const auto& [name, config] :
       {std::pair{"energy-pkg", "event=0x02"}, std::pair{"energy-ram", "event=0x03"},
        std::pair{"energy-psys", "event=0x05"}}) {
    const std::string event = folder + "events/" + name;
    system.write(event, config);
    system.write(event + ".scale", "2.3283064365386962890625e-10");
    system.write(event + ".unit", "Joules");
  }
}

void make_processor(const FakeSystem& system, int processor, const std::string& package) {
  system.write(
      "devices/system/cpu/cpu" + std::to_string(processor) + "/topology/physical_package_id",
      package);
}

// Opens counters that all show *count.
PerfEventOpener counting(std::shared_ptr<std::uint64_t> count) {
  return [count](std::uint32_t, std::uint64_t, int) {
    return PerfEvent{.read = [count]() -> std::optional<std::uint64_t> { return *count; }};
  };
}

TEST(PerfPower, PackagesAndMemoryOfTwoSockets) {
  FakeSystem system;
  make_events(system, "0,18");
  make_processor(system, 0, "0");
  make_processor(system, 18, "1");
  auto count = std::make_shared<std::uint64_t>(1000);
  SensorEnvironment environment = system.environment();
  environment.open_perf_event = counting(count);
  const SensorSearch search = find_perf_power(environment);
  EXPECT_THAT(parts_of(search), ElementsAre("package-0", "package-1", "dram-0", "dram-1"));
  ASSERT_TRUE(search.found[0].read().value);
  system.clock.pass(1);
  *count += 60ULL << 32;
  EXPECT_NEAR(search.found[0].read().value.value(), 60, 1e-6);
}

TEST(PerfPower, IsPreferredToPowercapAndNotAddedToIt) {
  FakeSystem system;
  make_events(system, "0");
  make_processor(system, 0, "0");
  system.zone("intel-rapl:0", "package-0", 100);
  SensorEnvironment environment = system.environment();
  environment.open_perf_event = counting(std::make_shared<std::uint64_t>(5));
  const SensorChoice choice = choose(find_sensors(environment).found);
  ASSERT_EQ(choice.used.size(), 2U);
  EXPECT_EQ(choice.used[0].name, "perf package-0");
  EXPECT_EQ(choice.used[1].name, "perf dram-0");
  ASSERT_EQ(choice.spares.size(), 1U);
  EXPECT_EQ(choice.spares[0].name, "powercap package-0");
}

TEST(PerfPower, PermissionDeniedNamesTheSetting) {
  const FakeSystem system;
  make_events(system, "0");
  make_processor(system, 0, "0");
  SensorEnvironment environment = system.environment();
  environment.open_perf_event = [](std::uint32_t, std::uint64_t, int) {
    return PerfEvent{.read = {}, .denied = true, .why_not = "Permission denied"};
  };
  const SensorSearch search = find_perf_power(environment);
  ASSERT_EQ(search.missing.size(), 2U);
  EXPECT_THAT(search.missing[0].remedy, HasSubstr("perf_event_paranoid"));
  EXPECT_FALSE(is_complete(search, Coverage::kPackage));
}

TEST(PerfPower, WherePowercapReadsThePackageNothingIsMissing) {
  const FakeSystem system;
  make_events(system, "0");
  make_processor(system, 0, "0");
  system.zone("intel-rapl:0", "package-0", 100);
  EXPECT_TRUE(is_complete(find_sensors(system.environment()), Coverage::kPackage));
}

TEST(PerfPower, SeveralDiesInAPackageAreLeftToPowercap) {
  const FakeSystem system;
  make_events(system, "0,8");
  make_processor(system, 0, "0");
  make_processor(system, 8, "0");
  const SensorSearch search = find_perf_power(system.environment());
  EXPECT_THAT(parts_of(search), ElementsAre());
  EXPECT_THAT(words_of(search), HasSubstr("several dies"));
}

TEST(PerfPower, GarbageIsMissingWithAReason) {
  for (const char* mask : {"", "x", "0-", "9-3", "-1", "99999999999", "0,,1"}) {
    const FakeSystem system;
    make_events(system, mask);
    make_processor(system, 0, "0");
    const SensorSearch search = find_perf_power(system.environment());
    EXPECT_THAT(parts_of(search), ElementsAre()) << mask;
    EXPECT_FALSE(search.missing.empty()) << mask;
  }
  for (const char* scale : {"nan", "inf", "-1", "0", "1e400", "garbage", ""}) {
    const FakeSystem system;
    make_events(system, "0");
    make_processor(system, 0, "0");
    system.write(std::string(kFolder) + "events/energy-pkg.scale", scale);
    system.write(std::string(kFolder) + "events/energy-ram", "umask=0x1");
    EXPECT_THAT(words_of(find_perf_power(system.environment())), HasSubstr("no energy-pkg"))
        << scale;
  }
}

TEST(PerfPower, ACounterThatCannotBeReadAnyMoreSaysSo) {
  const FakeSystem system;
  make_events(system, "0");
  make_processor(system, 0, "0");
  SensorEnvironment environment = system.environment();
  environment.open_perf_event = [](std::uint32_t, std::uint64_t, int) {
    return PerfEvent{.read = []() -> std::optional<std::uint64_t> { return std::nullopt; }};
  };
  EXPECT_FALSE(find_perf_power(environment).found.at(0).read().value);
}

}  // namespace
}  // namespace gcompress::measure
