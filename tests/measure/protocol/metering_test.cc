// From sensors to probes: what is counted, what stands beside, power summed up over time.
#include "gcompress/measure/protocol/metering.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gcompress/measure/energy/energy_total.h"

namespace gcompress::measure {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A sensor that always gives the same.
Sensor sensor(const std::string& part, Coverage coverage, double value,
              SensorKind kind = SensorKind::kEnergyCounter) {
  Sensor made;
  made.name = part + " " + name_of(kind);
  made.part = part;
  made.coverage = coverage;
  made.kind = kind;
  made.read = [value] { return Reading{.seconds = 1, .value = value, .why_not = {}}; };
  return made;
}

std::vector<std::string> names_of(const std::vector<Sensor>& sensors) {
  std::vector<std::string> names;
  for (const Sensor& one : sensors) names.push_back(one.name);
  return names;
}

SensorSearch two_packages() {
  SensorSearch search;
  search.found = {sensor("package-0", Coverage::kPackage, 100),
                  sensor("package-1", Coverage::kPackage, 20), sensor("dram-0", Coverage::kDram, 7),
                  sensor("gpu-0", Coverage::kGpu, 1000)};
  return search;
}

TEST(Metering, SumsThePackagesAndKeepsMemoryAndGpusApart) {
  Metering metering(plan_metering(two_packages(), false), monotonic_clock());
  const Probes probes = metering.probes();
  EXPECT_EQ(probes.energy()->joules, 120);
  const auto beside = probes.beside();
  EXPECT_EQ(beside.at("dram-0 energy counter"), 7);
  EXPECT_EQ(beside.at("gpu-0 energy counter"), 1000);
}

TEST(Metering, CountsTheGpuToo_WhereTheNetworkRunsOnIt) {
  const MeteringPlan plan = plan_metering(two_packages(), true);
  EXPECT_THAT(
      names_of(plan.counted),
      ElementsAre("package-0 energy counter", "package-1 energy counter", "gpu-0 energy counter"));
}

TEST(Metering, GivesNoSumThatLacksAPart) {
  SensorSearch search = two_packages();
  search.found.erase(search.found.begin() + 1);
  search.missing.push_back({.name = "powercap package-1",
                            .part = "package-1",
                            .coverage = Coverage::kPackage,
                            .reason = "permission denied",
                            .remedy = {}});
  const MeteringPlan plan = plan_metering(search, false);
  EXPECT_THAT(plan.counted, IsEmpty());
  EXPECT_EQ(plan.notes.size(), 1U);
  EXPECT_FALSE(Metering(plan, monotonic_clock()).probes().energy);
}

TEST(Metering, PrefersAMeterThatSeesTheWholeMachine) {
  SensorSearch search = two_packages();
  search.found.push_back(sensor("external", Coverage::kExternal, 5000));
  const MeteringPlan plan = plan_metering(search, false);
  EXPECT_THAT(names_of(plan.counted), ElementsAre("external energy counter"));
  EXPECT_EQ(plan.beside.size(), 4U);
}

TEST(Metering, LosesItsEnergyWhenASensorVanishes) {
  SensorSearch search = two_packages();
  int readings = 0;
  search.found[0].read = [&readings]() -> Reading {
    if (++readings > 1) return {.value = std::nullopt, .why_not = "gone"};
    return {.seconds = 1, .value = 100, .why_not = {}};
  };
  search.found.resize(2);
  Metering metering(plan_metering(search, false), monotonic_clock());
  const Probes probes = metering.probes();
  EXPECT_TRUE(probes.energy().has_value());
  EXPECT_FALSE(probes.energy().has_value());
}

TEST(EnergyTotal, IntegratesPowerByTrapezoids) {
  double now = 0;
  Sensor power = sensor("gpu-0", Coverage::kGpu, 0, SensorKind::kPower);
  power.read = [&now] { return Reading{.seconds = now, .value = 10 + 2 * now, .why_not = {}}; };
  EnergyTotal total(power);
  EXPECT_EQ(total.sample().value, 0);
  now = 1;
  EXPECT_EQ(total.sample().value, 11);
  now = 2;
  EXPECT_EQ(total.sample().value, 24);
}

TEST(EnergyTotal, CannotKnowWhatWasDrawnWhileNobodyLooked) {
  double now = 0;
  Sensor power = sensor("gpu-0", Coverage::kGpu, 0, SensorKind::kPower);
  power.read = [&now] { return Reading{.seconds = now, .value = 10, .why_not = {}}; };
  EnergyTotal total(power);
  total.sample();
  now = 5;
  EXPECT_FALSE(total.sample().value.has_value());
  now = 5.1;
  EXPECT_EQ(total.sample().why_not, "the power was not read for too long");
}

}  // namespace
}  // namespace gcompress::measure
