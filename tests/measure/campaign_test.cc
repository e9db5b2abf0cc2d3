// Campaigns: energy by lines that never sum, in other words, and when it is paid.
#include "gcompress/measure/carbon/campaign.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "gcompress/core/base/error.h"
#include "tests/measure/stored_report_text.h"

namespace gcompress::measure {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(Campaign, OfHardwareIsAnEstimateThatNamesItsAssumptions) {
  const Campaign campaign = campaign_of_hardware(
      {.processor_watts = 250, .memory_watts = 40, .gpu_watts = 300, .gpus = 4}, 3, 20);
  ASSERT_THAT(campaign.lines, SizeIs(1));
  EXPECT_EQ(campaign.lines[0].joules.provenance, Provenance::kEstimated);
  EXPECT_DOUBLE_EQ(*campaign.lines[0].joules.value, 1490.0 * 3 * 3600 * 20);
  EXPECT_THAT(campaign.lines[0].assumptions, SizeIs(2));
}

TEST(Campaign, RefusesNumbersThatMakeNoSense) {
  EXPECT_THROW(campaign_of_hardware({.processor_watts = -1}, 3, 1), Error);
  EXPECT_THROW(campaign_of_hardware({.gpu_watts = 1, .gpus = -1}, 3, 1), Error);
  EXPECT_THROW(campaign_of_hardware({}, std::numeric_limits<double>::quiet_NaN(), 1), Error);
  EXPECT_THROW(campaign_of_kwh(std::numeric_limits<double>::infinity()), Error);
}

TEST(Campaign, OfAReportKeepsMeasuredAndEstimatedApart) {
  const StoredReport report = parse_report(testing::kReportText, "mine.json");
  const Campaign campaign = campaign_of_stages(report.stages);
  ASSERT_THAT(campaign.lines, SizeIs(2));
  EXPECT_EQ(campaign.lines[0].covers, "prune, recover");
  EXPECT_DOUBLE_EQ(*campaign.lines[0].joules.value, 4000);
  EXPECT_EQ(campaign.lines[0].joules.interval->low, 3900);
  EXPECT_EQ(campaign.lines[1].joules.provenance, Provenance::kEstimated);
  EXPECT_DOUBLE_EQ(*campaign.lines[1].joules.value, 90);
  ASSERT_THAT(campaign.notes, SizeIs(2));
  EXPECT_THAT(campaign.notes[0], HasSubstr("not added up"));
  EXPECT_THAT(campaign.notes[1], HasSubstr("Stage measure is in the sum"));
}

TEST(Campaign, SaysWhichStagesHaveNoEnergy) {
  const std::vector<StageCost> stages = {{.name = "train", .seconds = {}, .energy = {}}};
  const Campaign campaign = campaign_of_stages(stages);
  EXPECT_THAT(campaign.lines, IsEmpty());
  ASSERT_THAT(campaign.notes, SizeIs(1));
  EXPECT_THAT(campaign.notes[0], HasSubstr("train"));
}

TEST(Campaign, ScalesIntervalsAndEstimatesByConstants) {
  const CampaignLine line = {.covers = "",
                             .joules = {.value = 2 * kJoulesPerKwh,
                                        .unit = "J",
                                        .interval = Interval{kJoulesPerKwh, 3 * kJoulesPerKwh},
                                        .provenance = Provenance::kMeasured}};
  const LineFootprint footprint =
      footprint_of_line(line, {.region = "FR", .pue = 1.5}, shipped_constants());
  EXPECT_DOUBLE_EQ(*footprint.kwh.value, 2);
  EXPECT_DOUBLE_EQ(*footprint.kwh_facility.value, 3);
  EXPECT_NEAR(*footprint.grams_co2e.value, 132.6, 1e-9);
  EXPECT_NEAR(footprint.grams_co2e.interval->high, 198.9, 1e-9);
  EXPECT_NEAR(*footprint.pounds_co2e.value, 0.1326 * kPoundsPerKilogram, 1e-9);
  EXPECT_EQ(footprint.kwh.provenance, Provenance::kMeasured);
  EXPECT_EQ(footprint.kwh_facility.provenance, Provenance::kEstimated);
  EXPECT_EQ(footprint.grams_co2e.provenance, Provenance::kEstimated);
  EXPECT_FALSE(footprint.money.value);
}

TEST(Campaign, TakesTheSavingFromTheComparisonOfAReport) {
  const Figure saving = saving_of(parse_report(testing::kReportText, "mine.json"));
  EXPECT_NEAR(*saving.value, 0.25, 1e-12);
  EXPECT_NEAR(saving.interval->low, 0.1, 1e-12);
  EXPECT_NEAR(saving.interval->high, 0.3, 1e-12);
  // Without an interval nothing was shown.
  EXPECT_FALSE(
      saving_of(parse_report(testing::report_text_with("[0.7, 0.9]", "null"), "mine.json")).value);
}

TEST(Campaign, IsPaidOnlyByEnergyOfItsOwnKind) {
  const StoredReport report = parse_report(testing::kReportText, "mine.json");
  const Campaign campaign = campaign_of_stages(report.stages);
  const Figure saving = saving_of(report);
  const LineBreakEven measured = break_even_of_line(campaign.lines[0], saving);
  ASSERT_TRUE(measured.result);
  EXPECT_NEAR(*measured.result->inferences, 16000, 1e-6);
  const LineBreakEven estimated = break_even_of_line(campaign.lines[1], saving);
  EXPECT_FALSE(estimated.result);
  EXPECT_THAT(estimated.sentence, HasSubstr("the campaign is estimated, the saving measured"));
}

TEST(Campaign, ReproducesTheBreakEvenOfBloomz) {
  // Luccioni, Jernite & Strubell 2024, table 5.
  const Figure saving{
      .value = 1e-4 * kJoulesPerKwh, .unit = "J", .provenance = Provenance::kQuoted};
  const Campaign campaign = campaign_of_kwh(51686 + 7571);
  EXPECT_THAT(break_even_of_line(campaign.lines[0], saving).sentence, HasSubstr("592.57 million"));
}

TEST(Campaign, IsNeverShownToPayWhereTheSavingMayBeZero) {
  const Figure saving{
      .value = 1, .unit = "J", .interval = Interval{-1, 3}, .provenance = Provenance::kQuoted};
  const LineBreakEven found = break_even_of_line(campaign_of_kwh(1).lines[0], saving);
  EXPECT_THAT(found.sentence, HasSubstr("never shown"));
  EXPECT_FALSE(found.result->inferences);
}

}  // namespace
}  // namespace gcompress::measure
