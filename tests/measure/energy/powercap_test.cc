// RAPL by powercap on made-up trees: which zones count, wraps, and files that cannot be believed.
#include "gcompress/measure/energy/powercap.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/measure/energy/fake_system.h"

namespace gcompress::measure {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(Powercap, OneSocketIsOnePackage) {
  const FakeSystem system;
  system.zone("intel-rapl:0", "package-0", 5'000'000);
  const SensorSearch search = find_powercap(system.environment());
  EXPECT_THAT(parts_of(search), ElementsAre("package-0"));
  EXPECT_THAT(search.missing, IsEmpty());
  const Sensor& sensor = search.found[0];
  EXPECT_EQ(sensor.coverage, Coverage::kPackage);
  EXPECT_EQ(sensor.kind, SensorKind::kEnergyCounter);
  EXPECT_EQ(sensor.read().value, 0.0);
}

TEST(Powercap, ReadsJoulesSinceItWasFound) {
  FakeSystem system;
  system.zone("intel-rapl:0", "package-0", 5'000'000);
  const Sensor sensor = find_powercap(system.environment()).found.at(0);
  ASSERT_TRUE(sensor.read().value);
  system.clock.pass(1);
  system.set_energy("intel-rapl:0", "65000000");
  const Reading reading = sensor.read();
  EXPECT_DOUBLE_EQ(reading.value.value(), 60);
  EXPECT_DOUBLE_EQ(reading.seconds, system.clock.now());
}

TEST(Powercap, TwoSocketsAreTwoPackagesAndTheirMemoryApart) {
  const FakeSystem system;
  for (const std::string socket : {"0", "1"}) {
    system.zone("intel-rapl:" + socket, "package-" + socket, 100 + std::stoul(socket) * 777);
    system.zone("intel-rapl:" + socket + ":0", "core", 50);
    system.zone("intel-rapl:" + socket + ":1", "uncore", 51);
    system.zone("intel-rapl:" + socket + ":2", "dram", 52);
  }
  const SensorSearch search = find_powercap(system.environment());
  EXPECT_THAT(parts_of(search), ElementsAre("package-0", "package-1", "dram-0", "dram-1"));
  EXPECT_EQ(search.found[2].coverage, Coverage::kDram);
  EXPECT_EQ(search.left_out.size(), 4U);
}

TEST(Powercap, PsysIsLeftOutAsItContainsThePackages) {
  const FakeSystem system;
  system.zone("intel-rapl:0", "package-0", 100);
  system.zone("intel-rapl:1", "psys", 900);
  const SensorSearch search = find_powercap(system.environment());
  EXPECT_THAT(parts_of(search), ElementsAre("package-0"));
  EXPECT_THAT(words_of(search), HasSubstr("psys contains the packages"));
}

TEST(Powercap, MmioZonesRepeatThePackageAndAreDropped) {
  const FakeSystem system;
  system.zone("intel-rapl-mmio:0", "package-0", 90);
  system.zone("intel-rapl:0", "package-0", 100);
  const SensorSearch search = find_powercap(system.environment());
  EXPECT_THAT(parts_of(search), ElementsAre("package-0"));
  EXPECT_THAT(words_of(search), HasSubstr("intel-rapl-mmio:0: meters the same as intel-rapl:0"));
}

TEST(Powercap, AnMmioZoneServesWhereTheOtherIsLocked) {
  const FakeSystem system;
  system.zone("intel-rapl-mmio:0", "package-0", 90);
  system.zone("intel-rapl:0", "package-0", 100);
  SensorEnvironment environment = system.environment();
  environment.read_file = denying("intel-rapl:0/energy_uj");
  const SensorSearch search = find_powercap(environment);
  EXPECT_THAT(parts_of(search), ElementsAre("package-0"));
  EXPECT_THAT(search.missing, IsEmpty());
}

TEST(Powercap, DiesThatMirrorOneCounterCountOnce) {
  const FakeSystem system;
  for (const std::string die : {"0", "1", "2", "3"}) {
    system.zone("intel-rapl:" + die, "package-0-die-" + die, 123'456'789);
    system.zone("intel-rapl:" + die + ":0", "dram", 777);
  }
  const SensorSearch search = find_powercap(system.environment());
  EXPECT_THAT(parts_of(search), ElementsAre("package-0", "dram-0"));
  EXPECT_THAT(words_of(search), HasSubstr("intel-rapl:3: mirrors the counter of intel-rapl:0"));
}

TEST(Powercap, DiesWithCountersOfTheirOwnAllCount) {
  const FakeSystem system;
  system.zone("intel-rapl:0", "package-0-die-0", 123'456'789);
  system.zone("intel-rapl:1", "package-0-die-1", 99'456'789);
  EXPECT_THAT(parts_of(find_powercap(system.environment())),
              ElementsAre("package-0-die-0", "package-0-die-1"));
}

TEST(Powercap, MirrorsAreFoundWhileTheCounterRuns) {
  const FakeSystem system;
  system.zone("intel-rapl:0", "package-0-die-0", 0);
  system.zone("intel-rapl:1", "package-0-die-1", 0);
  SensorEnvironment environment = system.environment();
  auto count = std::make_shared<std::uint64_t>(1'000'000);
  environment.read_file = [count](const std::filesystem::path& file) {
    if (file.filename() != "energy_uj") return read_system_file(file);
    return FileText{.text = std::to_string(*count += 300)};
  };
  EXPECT_THAT(parts_of(find_powercap(environment)), ElementsAre("package-0"));
}

TEST(Powercap, AWrapGoesOnCounting) {
  FakeSystem system;
  system.zone("intel-rapl:0", "package-0", 65'000'000'000, 65'532'610'987);
  const Sensor sensor = find_powercap(system.environment()).found.at(0);
  ASSERT_TRUE(sensor.read().value);
  system.clock.pass(10);
  system.set_energy("intel-rapl:0", "1000000");
  EXPECT_NEAR(sensor.read().value.value(), 65'532.610987 - 65'000 + 1, 1e-6);
  EXPECT_GT(sensor.read_within_seconds, 10);
}

TEST(Powercap, AGapInWhichAWrapMayHideIsNotPapered) {
  FakeSystem system;
  system.zone("intel-rapl:0", "package-0", 1'000'000, 65'532'610'987);
  const Sensor sensor = find_powercap(system.environment()).found.at(0);
  ASSERT_TRUE(sensor.read().value);
  system.clock.pass(sensor.read_within_seconds + 1);
  system.set_energy("intel-rapl:0", "2000000");
  EXPECT_FALSE(sensor.read().value);
  EXPECT_THAT(sensor.read().why_not, HasSubstr("wrapped unseen"));
}

TEST(Powercap, WithoutARangeItWorksUntilTheCounterGoesBack) {
  FakeSystem system;
  system.zone("intel-rapl:0", "package-0", 10'000'000);
  std::filesystem::remove(system.root() / "class/powercap/intel-rapl:0/max_energy_range_uj");
  const Sensor sensor = find_powercap(system.environment()).found.at(0);
  EXPECT_THAT(sensor.remark, HasSubstr("wraps is not known"));
  ASSERT_TRUE(sensor.read().value);
  system.clock.pass(1);
  system.set_energy("intel-rapl:0", "20000000");
  EXPECT_DOUBLE_EQ(sensor.read().value.value(), 10);
  system.set_energy("intel-rapl:0", "1000000");
  EXPECT_FALSE(sensor.read().value);
  system.set_energy("intel-rapl:0", "30000000");
  EXPECT_FALSE(sensor.read().value) << "what was used meanwhile is lost for good";
}

TEST(Powercap, PermissionDeniedIsMissingWithARemedyAndNeverZero) {
  const FakeSystem system;
  system.zone("intel-rapl:0", "package-0", 100);
  system.zone("intel-rapl:1", "package-1", 900);
  SensorEnvironment environment = system.environment();
  environment.read_file = denying("energy_uj");
  const SensorSearch search = find_powercap(environment);
  EXPECT_THAT(search.found, IsEmpty());
  ASSERT_EQ(search.missing.size(), 2U);
  EXPECT_THAT(search.missing[0].reason, HasSubstr("permission denied"));
  EXPECT_THAT(search.missing[0].remedy, HasSubstr("chmod"));
  EXPECT_FALSE(is_complete(search, Coverage::kPackage));
}

TEST(Powercap, OneLockedPackageOfTwoMakesTheSumIncomplete) {
  const FakeSystem system;
  system.zone("intel-rapl:0", "package-0", 100);
  system.zone("intel-rapl:1", "package-1", 900);
  SensorEnvironment environment = system.environment();
  environment.read_file = denying("intel-rapl:1/energy_uj");
  const SensorSearch search = find_powercap(environment);
  EXPECT_THAT(parts_of(search), ElementsAre("package-0"));
  EXPECT_FALSE(is_complete(search, Coverage::kPackage));
}

TEST(Powercap, AFileThatIsNoFileIsMissingWithItsReason) {
  const FakeSystem system;
  system.zone("intel-rapl:0", "package-0", 100);
  std::filesystem::remove(system.root() / "class/powercap/intel-rapl:0/energy_uj");
  system.make_folder("class/powercap/intel-rapl:0/energy_uj");
  const SensorSearch search = find_powercap(system.environment());
  EXPECT_THAT(search.found, IsEmpty());
  EXPECT_THAT(words_of(search), HasSubstr("directory"));
}

TEST(Powercap, AReadingThatFailsForAWhileSaysWhy) {
  FakeSystem system;
  system.zone("intel-rapl:0", "package-0", 10'000'000);
  const Sensor sensor = find_powercap(system.environment()).found.at(0);
  ASSERT_TRUE(sensor.read().value);
  for (const char* text : {"", "garbage", "-5", "1e9", "99999999999999999999999999", "0x10",
                           "12 34", "18446744073709551615"}) {
    system.set_energy("intel-rapl:0", text);
    const Reading reading = sensor.read();
    EXPECT_FALSE(reading.value) << text;
    EXPECT_FALSE(reading.why_not.empty()) << text;
  }
  system.clock.pass(1);
  system.set_energy("intel-rapl:0", "11000000");
  EXPECT_DOUBLE_EQ(sensor.read().value.value(), 1);
}

TEST(Powercap, ACounterThatStandsStillIsNotZeroWatts) {
  FakeSystem system;
  system.zone("intel-rapl:0", "package-0", 10'000'000);
  const Sensor sensor = find_powercap(system.environment()).found.at(0);
  ASSERT_TRUE(sensor.read().value);
  system.clock.pass(30);
  EXPECT_THAT(sensor.read().why_not, HasSubstr("has not moved for 30 s"));
}

TEST(Powercap, HostileNamesAreLeftOut) {
  const FakeSystem system;
  system.zone("intel-rapl:0", "package-", 100);
  system.zone("intel-rapl:1", "package-\x1b[31mred", 100);
  system.zone("intel-rapl:2", std::string(100'000, 'x'), 100);
  system.zone("intel-rapl:3", "package-99999999999999999999999", 100);
  system.zone("intel-rapl:", "dram", 100);
  system.zone("intel-rapl:4:", "dram", 100);
  system.make_folder("class/powercap/intel-rapl:5");
  const SensorSearch search = find_powercap(system.environment());
  EXPECT_THAT(words_of(search), ::testing::Not(HasSubstr("\x1b")));
  for (const Sensor& sensor : search.found) EXPECT_EQ(sensor.coverage, Coverage::kDram);
}

TEST(Powercap, AnEmptyTreeIsMissing) {
  const FakeSystem system;
  const SensorSearch search = find_powercap(system.environment());
  ASSERT_EQ(search.missing.size(), 1U);
  EXPECT_THAT(search.missing[0].remedy, HasSubstr("virtual machine"));
}

}  // namespace
}  // namespace gcompress::measure
