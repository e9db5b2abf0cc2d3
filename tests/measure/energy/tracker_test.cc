// Tracking with sensors and a clock of our own: totals are known, and sensors come and go.
#include "gcompress/measure/energy/tracker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gcompress/measure/carbon/tracked_campaign.h"
#include "tests/measure/energy/fake_system.h"

namespace gcompress::measure {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

// A machine whose sensors are known: constant watts from the start of its clock.
class FakeRun {
 public:
  FakeClock clock;
  std::vector<Sensor> sensors;
  std::vector<double> gaps;  // between the tracker's readings

  // A sensor of so many watts. Readings from `lost_at` to `back_at` seconds fail.
  void add(const std::string& part, Coverage coverage, double watts, double lost_at = 1e9,
           double back_at = 1e9) {
    Sensor sensor{.name = "fake " + part, .part = part, .coverage = coverage};
    sensor.read = [=, clock = clock, start = clock.now()]() -> Reading {
      const double elapsed = clock.now() - start;
      if (elapsed >= lost_at && elapsed < back_at) return {clock.now(), std::nullopt, "it is gone"};
      return {clock.now(), watts * elapsed, {}};
    };
    sensors.push_back(sensor);
  }
  void add_power(const std::string& part, Coverage coverage, double watts_each_second,
                 double lost_at = 1e9, double back_at = 1e9) {
    add(part, coverage, watts_each_second, lost_at, back_at);
    sensors.back().kind = SensorKind::kPower;
  }

  // Work that ends after so many seconds and keeps `processors` busy.
  Tracked track_for(double seconds, double processors = 1) {
    const double start = clock.now();
    return track(sensors, clock.clock(),
                 {.begin = {},
                  .ended_within =
                      [=, this](double at_most) {
                        const double left = start + seconds - clock.now();
                        gaps.push_back(std::min(at_most, left));
                        clock.pass(gaps.back());
                        return left <= at_most;
                      },
                  .processor_seconds = [=, this]() -> std::optional<double> {
                    return 100 + processors * (clock.now() - start);
                  }});
  }
};

SensorSearch search_of(const FakeRun& run) {
  return {.found = run.sensors, .missing = {}, .left_out = {}};
}

TEST(Tracker, MeasuresTheJoulesBetweenItsFirstAndLastReading) {
  FakeRun run;
  run.add("package-0", Coverage::kPackage, 50);
  run.clock.pass(7);  // what was before does not count
  const Tracked tracked = run.track_for(12.5, 1.5);
  EXPECT_DOUBLE_EQ(tracked.seconds, 12.5);
  EXPECT_DOUBLE_EQ(*tracked.processor_seconds, 18.75);
  ASSERT_THAT(tracked.sensors, SizeIs(1));
  EXPECT_NEAR(*tracked.sensors[0].joules.value, 625, 1e-9);
  EXPECT_EQ(tracked.sensors[0].joules.provenance, Provenance::kMeasured);
}

TEST(Tracker, IntegratesPowerByTrapezoids) {
  FakeRun run;
  run.add_power("gpu 0", Coverage::kGpu, 2);  // 2 t watts: t^2 joules
  EXPECT_NEAR(*run.track_for(10.5).sensors[0].joules.value, 110.25, 1e-9);
}

TEST(Tracker, SumsPartsAndLeavesBatteriesAndMetersOut) {
  FakeRun run;
  run.add("package-0", Coverage::kPackage, 50);
  run.add("package-1", Coverage::kPackage, 30);
  run.add("dram-0", Coverage::kDram, 5);
  run.add("gpu 0", Coverage::kGpu, 200);
  run.add("battery", Coverage::kBattery, 400);
  run.add("external", Coverage::kExternal, 500);
  const Tracked tracked = run.track_for(10);
  EXPECT_NEAR(*total_of_parts(tracked)->joules.value, 2850, 1e-9);
  const std::vector<CoverageTotal> totals = totals_of(tracked);
  ASSERT_THAT(totals, SizeIs(5));
  EXPECT_NEAR(*totals[0].joules.value, 800, 1e-9);
  EXPECT_THAT(totals[0].parts, ElementsAre("package-0", "package-1"));
  EXPECT_NEAR(*totals[4].joules.value, 5000, 1e-9);
}

TEST(Tracker, GivesNoTotalForASensorThatVanishes) {
  FakeRun run;
  run.add("package-0", Coverage::kPackage, 50, 4.5);
  run.add("package-1", Coverage::kPackage, 30);
  const Tracked tracked = run.track_for(10);
  EXPECT_FALSE(tracked.sensors[0].joules.value);
  EXPECT_THAT(tracked.sensors[0].why_not, AllOf(HasSubstr("after 5 s"), HasSubstr("it is gone")));
  EXPECT_TRUE(tracked.sensors[1].joules.value);
  EXPECT_FALSE(totals_of(tracked)[0].joules.value);
  EXPECT_FALSE(total_of_parts(tracked)->joules.value);
}

TEST(Tracker, KeepsACounterThatComesBackAndNoPowerWithAGap) {
  FakeRun run;
  run.add("package-0", Coverage::kPackage, 50, 3, 6);
  run.add_power("gpu 0", Coverage::kGpu, 2, 3, 6);
  const Tracked tracked = run.track_for(10);
  EXPECT_NEAR(*tracked.sensors[0].joules.value, 500, 1e-9);
  EXPECT_FALSE(tracked.sensors[1].joules.value);
}

TEST(Tracker, NeverSaysZero) {
  FakeRun run;
  run.add("package-0", Coverage::kPackage, 0);
  const Tracked tracked = run.track_for(10);
  EXPECT_FALSE(tracked.sensors[0].joules.value);
  EXPECT_THAT(tracked.sensors[0].why_not, HasSubstr("no energy"));
}

TEST(Tracker, ReadsOftenEnoughForWraps) {
  FakeRun run;
  run.add("package-0", Coverage::kPackage, 50);
  run.sensors[0].read_within_seconds = 0.5;
  run.track_for(3);
  for (const double gap : run.gaps) EXPECT_LE(gap, 0.25);
  run.sensors[0].read_within_seconds = 1000;
  run.gaps.clear();
  run.track_for(3);
  for (const double gap : run.gaps) EXPECT_LE(gap, 1);
}

TEST(Tracker, UndoesTheWrapsOfARealCounter) {
  FakeSystem system;
  system.zone("intel-rapl:0", "package-0", 0, 2'000'000'000);
  const SensorSearch search = find_sensors(system.environment());
  double joules = 1990;  // wraps at 2000 after a second
  const auto step = [&] {
    joules = joules + 10 > 2000 ? joules + 10 - 2000 : joules + 10;
    system.set_energy("intel-rapl:0", std::to_string(static_cast<int>(joules * 1e6)));
  };
  step();
  int seconds = 0;
  const Tracked tracked =
      track(choose(search.found).used, system.clock.clock(),
            {.begin = {},
             .ended_within =
                 [&](double at_most) {
                   EXPECT_LE(at_most, 0.5);  // 2000 J at 2000 W, and half of that
                   system.clock.pass(at_most);
                   step();
                   return ++seconds == 20;
                 },
             .processor_seconds = {}});
  EXPECT_NEAR(*tracked.sensors.at(0).joules.value, 200, 1e-9);
  EXPECT_FALSE(tracked.processor_seconds);
}

TEST(Tracker, CarriesTheErrorOfTheGain) {
  FakeRun run;
  run.add("gpu 0", Coverage::kGpu, 100);
  run.sensors[0].gain_error = 0.05;
  const Figure joules = run.track_for(10).sensors[0].joules;
  EXPECT_NEAR(joules.interval->low, 950, 1e-9);
  EXPECT_NEAR(joules.interval->high, 1050, 1e-9);
}

TEST(TrackedCampaign, EstimatesWhereNoCounterCoversTheProcessor) {
  FakeRun run;
  run.add("gpu 0", Coverage::kGpu, 100);
  const Tracked tracked = run.track_for(10, 1);
  const Campaign campaign =
      campaign_of_tracked(tracked, search_of(run), processor_power_of_tdp(100), 4);
  ASSERT_THAT(campaign.lines, SizeIs(2));
  EXPECT_EQ(campaign.lines[0].covers, "gpu 0");
  EXPECT_EQ(campaign.lines[0].joules.provenance, Provenance::kMeasured);
  const Figure& estimated = campaign.lines[1].joules;
  EXPECT_EQ(estimated.provenance, Provenance::kEstimated);
  // A quarter busy, idle at 10 to 50% of 100 W: 32.5 to 62.5 W for 10 s.
  EXPECT_NEAR(estimated.interval->low, 325, 1e-9);
  EXPECT_NEAR(estimated.interval->high, 625, 1e-9);
  EXPECT_THAT(campaign.notes, ::testing::Contains(HasSubstr("not subtracted")));
}

TEST(TrackedCampaign, MeasuresOnlyWhereAllPackagesAre) {
  FakeRun run;
  run.add("package-0", Coverage::kPackage, 50);
  const Tracked tracked = run.track_for(10);
  SensorSearch search = search_of(run);
  EXPECT_THAT(campaign_of_tracked(tracked, search, processor_power_of_tdp(100), 4).lines,
              SizeIs(1));
  search.missing.push_back({.name = "powercap package-1",
                            .part = "package-1",
                            .coverage = Coverage::kPackage,
                            .reason = "permission denied",
                            .remedy = ""});
  const Campaign campaign = campaign_of_tracked(tracked, search, processor_power_of_tdp(100), 4);
  EXPECT_THAT(campaign.lines, SizeIs(2));
  EXPECT_THAT(campaign.notes, ::testing::Contains(HasSubstr("package-1 is not measured")));
}

TEST(TrackedCampaign, HasNoMeasuredLineWhenAPartWasLost) {
  FakeRun run;
  run.add("package-0", Coverage::kPackage, 50, 4.5);
  run.add("gpu 0", Coverage::kGpu, 100);
  const Campaign campaign =
      campaign_of_tracked(run.track_for(10), search_of(run), processor_power_of_tdp(100), 4);
  ASSERT_THAT(campaign.lines, SizeIs(1));
  EXPECT_EQ(campaign.lines[0].joules.provenance, Provenance::kEstimated);
  EXPECT_THAT(campaign.notes, ::testing::Contains(HasSubstr("it is gone")));
  EXPECT_THAT(campaign.notes, ::testing::Contains(HasSubstr("no measured total")));
}

}  // namespace
}  // namespace gcompress::measure
