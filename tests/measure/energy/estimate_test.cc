// Estimates: formulas by hand, ranges, assumptions, and that they stay apart from measurements.
#include "gcompress/measure/energy/estimate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "gcompress/core/base/error.h"
#include "gcompress/measure/energy/operation_model.h"
#include "gcompress/measure/energy/power_model.h"

namespace gcompress::measure {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

// A layer of a million weights, a tenth of them kept.
graph::NetworkCost tenth() {
  graph::NetworkCost cost;
  cost.parameters = 1'000'000;
  cost.nonzero_parameters = 100'000;
  cost.dense_bytes = 4'000'000;
  cost.flops = 2'000'000;
  cost.nonzero_flops = 200'000;
  return cost;
}

TEST(PowerModel, IsIdlePowerAndTheBusyShareOfTheRest) {
  const ProcessorPower power{.tdp_watts = {100, 200}, .idle_watts = {10, 40}};
  const EnergyEstimate estimate = estimate_by_power(power, 10, {0.5, 0.75});
  EXPECT_DOUBLE_EQ(estimate.joules.low, 10 * (10 + 0.5 * 90));
  EXPECT_DOUBLE_EQ(estimate.joules.high, 10 * (40 + 0.75 * 160));
  EXPECT_THAT(estimate.assumptions, Contains(HasSubstr("50 to 75% busy for 10 s")));
}

TEST(PowerModel, AKnownThermalDesignPowerNarrowsTheRange) {
  const Interval full = {1, 1};
  EXPECT_DOUBLE_EQ(estimate_by_power(processor_power_of_tdp(65), 2, full).joules.low, 130);
  EXPECT_DOUBLE_EQ(estimate_by_power(processor_power_of_tdp(65), 2, full).joules.high, 130);
  Machine machine{.processors = 2, .cores = 2, .sockets = 1, .is_virtual = true};
  const Interval guess = estimate_by_power(guess_processor_power(machine), 1, full).joules;
  EXPECT_DOUBLE_EQ(guess.low, 2);
  EXPECT_DOUBLE_EQ(guess.high, 24);
}

TEST(PowerModel, RefusesWhatIsNoNumberOfItsKind) {
  const ProcessorPower power = processor_power_of_tdp(65);
  EXPECT_THROW(estimate_by_power(power, -1, {0, 1}), Error);
  EXPECT_THROW(estimate_by_power(power, std::nan(""), {0, 1}), Error);
  EXPECT_THROW(estimate_by_power(power, 1, {0, 1.5}), Error);
  EXPECT_THROW(estimate_by_power(power, 1, {0.9, 0.1}), Error);
  EXPECT_THROW(estimate_by_power(processor_power_of_tdp(-5), 1, {0, 1}), Error);
}

TEST(OperationModel, ARuntimeThatIgnoresZerosExecutesThem) {
  graph::NetworkCost dense = tenth();
  dense.nonzero_parameters = dense.parameters;
  dense.nonzero_flops = dense.flops;
  const EnergyEstimate before = estimate_by_operations(executed_work(dense, {}));
  const EnergyEstimate after = estimate_by_operations(executed_work(tenth(), {}));
  EXPECT_DOUBLE_EQ(before.joules.low, after.joules.low);
  EXPECT_DOUBLE_EQ(before.joules.high, after.joules.high);
  EXPECT_THAT(after.assumptions, Contains(HasSubstr("executed like any other")));
}

TEST(OperationModel, OneThatSkipsThemExecutesATenth) {
  const ExecutedWork all = executed_work(tenth(), {});
  const ExecutedWork few = executed_work(tenth(), {.skips_zero_weights = true});
  EXPECT_DOUBLE_EQ(few.multiplies, all.multiplies / 10);
  // A kept weight and at least a bit for each weight, or four bytes for each that is kept.
  EXPECT_DOUBLE_EQ(few.first_cache_bytes.low, 400'000 + 125'000);
  EXPECT_DOUBLE_EQ(few.last_cache_bytes.high, 400'000 + 400'000);
  EXPECT_LT(estimate_by_operations(few).joules.low, estimate_by_operations(all).joules.low);
}

TEST(OperationModel, ArithmeticIsHorowitzsTable) {
  // A million multiplies and adds without any traffic.
  ExecutedWork work{.precision = Precision::kFloat32, .multiplies = 1e6, .adds = 1e6};
  EXPECT_NEAR(estimate_by_operations(work).joules.high, 4.6e-6, 1e-15);
  EXPECT_NEAR(estimate_by_operations(work).joules.low, 0.23 * 4.6e-6, 1e-15);
  work.precision = Precision::kFloat16;
  EXPECT_NEAR(estimate_by_operations(work).joules.low, 0.23 * 1.5e-6, 1e-15);
  work.precision = Precision::kInt8;
  EXPECT_NEAR(estimate_by_operations(work).joules.low, 0.23 * 0.23e-6, 1e-15);
  EXPECT_NEAR(estimate_by_operations(work).joules.high, 0.3e-6, 1e-15);  // sums in 32 bits
}

TEST(OperationModel, WeightsThatExceedTheCacheComeFromMemoryOnceABatch) {
  const ExecutedWork small = executed_work(tenth(), {});
  EXPECT_EQ(small.dram_bytes.low, 0);
  const ExecutedWork large = executed_work(tenth(), {.batch = 8, .cache_bytes = 1e6});
  EXPECT_DOUBLE_EQ(large.dram_bytes.low, 4e6 / 8);
  EXPECT_DOUBLE_EQ(large.dram_bytes.high, 4e6 / 8);
}

TEST(OperationModel, LessPrecisionNeverCostsMore) {
  double low = 1;
  double high = 1;
  for (const Precision precision : {Precision::kFloat32, Precision::kFloat16, Precision::kInt8}) {
    const Interval joules =
        estimate_by_operations(executed_work(tenth(), {.precision = precision})).joules;
    EXPECT_LT(joules.low, joules.high);
    EXPECT_LT(joules.low, low);
    EXPECT_LT(joules.high, high);
    low = joules.low;
    high = joules.high;
  }
}

TEST(OperationModel, SaysWhatItLeavesOut) {
  graph::NetworkCost cost = tenth();
  cost.flops_unknown = {"Loop", "Scan"};
  const EnergyEstimate estimate = estimate_by_operations(executed_work(cost, {}));
  EXPECT_THAT(estimate.assumptions, Contains(HasSubstr("Loop, Scan")));
  EXPECT_THAT(estimate.assumptions, Contains(HasSubstr("Horowitz")));
  EXPECT_THAT(estimate.assumptions, Contains(HasSubstr("no idle power")));
}

TEST(OperationModel, RefusesTraitsThatAreNoNumbers) {
  EXPECT_THROW(executed_work(tenth(), {.batch = 0}), Error);
  EXPECT_THROW(executed_work(tenth(), {.cache_bytes = std::nan("")}), Error);
  EXPECT_THROW(executed_work(tenth(), {.vector_bits = 0}), Error);
}

TEST(Estimate, ItsFigureIsMarkedAsEstimated) {
  const Figure figure = figure_of({.joules = {2, 6}});
  EXPECT_EQ(figure.provenance, Provenance::kEstimated);
  EXPECT_EQ(figure.value, 4.0);
  EXPECT_EQ(figure.interval->low, 2);
  EXPECT_EQ(figure.unit, "J");
}

TEST(TotalJoules, NeverAddsAnEstimateToAMeasurement) {
  const Figure measured{.value = 1, .unit = "J", .interval = Interval{0.9, 1.1}};
  const Figure estimated = figure_of({.joules = {2, 6}});
  const std::vector<Figure> mixed = {measured, estimated};
  EXPECT_THROW(total_joules(mixed), Error);
  const std::vector<Figure> two = {estimated, estimated};
  EXPECT_EQ(total_joules(two).value, 8.0);
  EXPECT_EQ(total_joules(two).interval->high, 12);
  EXPECT_EQ(total_joules(two).provenance, Provenance::kEstimated);
}

TEST(TotalJoules, AMissingPartMakesTheTotalMissing) {
  const Figure known{.value = 1, .unit = "J", .interval = Interval{0.9, 1.1}};
  const Figure unknown{.value = std::nullopt, .unit = "J"};
  const std::vector<Figure> figures = {known, unknown};
  EXPECT_FALSE(total_joules(figures).value);
  EXPECT_FALSE(total_joules(figures).interval);
}

}  // namespace
}  // namespace gcompress::measure
