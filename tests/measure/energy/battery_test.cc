// Batteries on made-up trees.
#include "gcompress/measure/energy/battery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/measure/energy/fake_system.h"

namespace gcompress::measure {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kFolder = "class/power_supply/BAT0/";

void set(const FakeSystem& system, const std::string& file, const std::string& text) {
  system.write(kFolder + file, text);
}

void make_battery(const FakeSystem& system) {
  set(system, "type", "Battery");
  set(system, "status", "Discharging");
}

TEST(Battery, CountsWhatItGave) {
  const FakeSystem system;
  make_battery(system);
  set(system, "energy_now", "50000000");
  set(system, "power_now", "15000000");
  const SensorSearch search = find_battery(system.environment());
  ASSERT_EQ(search.found.size(), 2U);
  EXPECT_EQ(search.found[0].read().value, 0.0);
  set(system, "energy_now", "49999000");
  EXPECT_NEAR(search.found[0].read().value.value(), 3.6, 1e-9);
  EXPECT_DOUBLE_EQ(search.found[1].read().value.value(), 15);
}

TEST(Battery, ChargeCountsAtTheVoltageOfTheMoment) {
  const FakeSystem system;
  make_battery(system);
  set(system, "charge_now", "3000000");
  set(system, "voltage_now", "12000000");
  const Sensor sensor = find_battery(system.environment()).found.at(0);
  EXPECT_EQ(sensor.read().value, 0.0);
  set(system, "charge_now", "2999000");
  EXPECT_NEAR(sensor.read().value.value(), 1000e-6 * 3600 * 12, 1e-6);
  set(system, "charge_now", "2998000");
  set(system, "voltage_now", "10000000");
  EXPECT_NEAR(sensor.read().value.value(), 1000e-6 * 3600 * 22, 1e-6);
}

TEST(Battery, OnTheMainsItIsMissing) {
  const FakeSystem system;
  make_battery(system);
  set(system, "energy_now", "50000000");
  set(system, "status", "Full");
  const SensorSearch search = find_battery(system.environment());
  EXPECT_THAT(search.found, IsEmpty());
  EXPECT_THAT(words_of(search), HasSubstr("unplug"));
}

TEST(Battery, PluggingInEndsTheMeasurement) {
  const FakeSystem system;
  make_battery(system);
  set(system, "energy_now", "50000000");
  const Sensor sensor = find_battery(system.environment()).found.at(0);
  ASSERT_TRUE(sensor.read().value);
  set(system, "status", "Charging");
  EXPECT_THAT(sensor.read().why_not, HasSubstr("not discharging"));
  set(system, "status", "Discharging");
  EXPECT_FALSE(sensor.read().value) << "what it gave meanwhile is not known";
}

TEST(Battery, AGaugeThatGoesUpIsNotBelieved) {
  const FakeSystem system;
  make_battery(system);
  set(system, "energy_now", "50000000");
  const Sensor sensor = find_battery(system.environment()).found.at(0);
  ASSERT_TRUE(sensor.read().value);
  set(system, "energy_now", "50000001");
  EXPECT_THAT(sensor.read().why_not, HasSubstr("went up"));
}

TEST(Battery, GarbageIsAReason) {
  const FakeSystem system;
  make_battery(system);
  set(system, "energy_now", "50000000");
  const Sensor sensor = find_battery(system.environment()).found.at(0);
  ASSERT_TRUE(sensor.read().value);
  set(system, "energy_now", "lots");
  EXPECT_FALSE(sensor.read().value);
  set(system, "energy_now", "49999000");
  EXPECT_NEAR(sensor.read().value.value(), 3.6, 1e-9) << "a passing fault passes";
}

TEST(Battery, ThoseOfPeripheralsAreLeftOut) {
  const FakeSystem system;
  make_battery(system);
  set(system, "scope", "Device");
  set(system, "energy_now", "50000000");
  const SensorSearch search = find_battery(system.environment());
  EXPECT_THAT(search.found, IsEmpty());
  EXPECT_THAT(words_of(search), HasSubstr("peripheral"));
}

TEST(Battery, NoneIsMissing) {
  const FakeSystem system;
  system.write("class/power_supply/AC/type", "Mains");
  EXPECT_THAT(words_of(find_battery(system.environment())), HasSubstr("no battery"));
}

}  // namespace
}  // namespace gcompress::measure
