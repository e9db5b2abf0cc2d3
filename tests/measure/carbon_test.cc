// Footprints against published ones, from their inputs, and the break-even.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gcompress/core/base/error.h"
#include "gcompress/measure/carbon/break_even.h"
#include "gcompress/measure/carbon/constants.h"
#include "gcompress/measure/carbon/footprint.h"

namespace gcompress::measure {
namespace {

using ::testing::HasSubstr;

// Strubell, Ganesh & McCallum 2019: PUE 1.58, 0.954 pounds of CO2e a kWh.
constexpr double kStrubellPue = 1.58;
constexpr double kGramsPerPound = 1000 / kPoundsPerKilogram;

FootprintConstants strubell_constants() {
  FootprintConstants constants = shipped_constants();
  constants.grid["EPA 2018"] = {.value = 0.954 * kGramsPerPound};
  constants.tariff["US"] = {.value = 0.12, .unit = "USD/kWh"};
  return constants;
}
const FootprintOptions kStrubell = {.region = "EPA 2018", .pue = kStrubellPue, .tariff = "US"};

TEST(Footprint, ReproducesTheArchitectureSearchOfStrubell) {
  // Table 3: 1,515.43 W in all (processors, memory, 8 P100), 274,120 hours.
  const double joules = campaign_joules({.processor_watts = 1515.43}, 274120);
  const Footprint footprint = footprint_of(joules, kStrubell, strubell_constants());
  EXPECT_NEAR(footprint.kwh_facility, 656347, 1);
  EXPECT_NEAR(footprint.grams_co2e / kGramsPerPound, 626155, 1);
}

TEST(Footprint, ReproducesTheCampaignOf4789Runs) {
  // Table 4 gives 239,942 hours and 9,870 dollars of electricity at 0.12 a kWh; table 1 gives 39
  // pounds for one run of 120 hours and 78,468 for all. Inputs are rounded: dollars to 10 (0.05%),
  // one run's pounds to a whole one (1.3%).
  const FootprintConstants constants = strubell_constants();
  const double kwh_facility = 9870 / 0.12;
  const Footprint by_bill =
      footprint_of(kwh_facility / kStrubellPue * kJoulesPerKwh, kStrubell, constants);
  EXPECT_NEAR(by_bill.grams_co2e / kGramsPerPound, 78468, 0.0005 * 78468);
  EXPECT_NEAR(*by_bill.money, 9870, 1e-6);

  const double watts = 39 / 0.954 / kStrubellPue / 120 * 1000;
  const Footprint by_run =
      footprint_of(campaign_joules({.gpu_watts = watts, .gpus = 1}, 239942.0 / 4789, 4789),
                   kStrubell, constants);
  EXPECT_NEAR(by_run.grams_co2e / kGramsPerPound, 78000, 0.013 * 78000);
}

TEST(Footprint, MultipliesEnergyPueAndGrid) {
  const FootprintOptions options = {.region = "FR", .pue = 1.5, .tariff = "EU"};
  const Footprint footprint = footprint_of(2 * kJoulesPerKwh, options, shipped_constants());
  EXPECT_DOUBLE_EQ(footprint.kwh, 2);
  EXPECT_DOUBLE_EQ(footprint.kwh_facility, 3);
  EXPECT_NEAR(footprint.grams_co2e, 132.6, 1e-9);
  EXPECT_NEAR(footprint.phone_charges, 3 / 0.022, 1e-9);
  EXPECT_NEAR(footprint.car_km, 132.6 / 106.8, 1e-9);
  EXPECT_NEAR(*footprint.money, 3 * 0.2889, 1e-9);
  EXPECT_EQ(footprint.money_unit, "EUR");
}

TEST(Footprint, ShowsNoMoneyWithoutATariff) {
  EXPECT_FALSE(footprint_of(1, {}, shipped_constants()).money.has_value());
}

TEST(Footprint, RefusesAnImpossiblePueAndUnknownRegions) {
  EXPECT_THROW(footprint_of(1, {.pue = 0.9}, shipped_constants()), Error);
  try {
    footprint_of(1, {.region = "Atlantis"}, shipped_constants());
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("Atlantis"));
    EXPECT_THAT(error.what(), HasSubstr("SE"));
  }
}

TEST(Footprint, CountsWattHoursForAThousandInferences) {
  EXPECT_DOUBLE_EQ(watt_hours_per_thousand(3.6), 1);
}

TEST(Constants, EachHasASourceAndAYear) {
  const FootprintConstants constants = shipped_constants();
  EXPECT_EQ(constants.grid.size(), 8U);
  for (const auto& table : {constants.grid, constants.pue, constants.tariff}) {
    for (const auto& [name, constant] : table) {
      EXPECT_FALSE(constant.source.empty()) << name;
      EXPECT_GT(constant.year, 2000) << name;
    }
  }
  EXPECT_EQ(constants.grid.at("world").value, 473);
}

TEST(Constants, OfAUserAreCheckedEntryByEntry) {
  const auto sentence_of = [](std::string_view json) {
    try {
      parse_constants(json, "mine.json");
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  EXPECT_THAT(sentence_of("nonsense"), HasSubstr("mine.json"));
  EXPECT_THAT(sentence_of(R"({"schema": "other"})"), HasSubstr("another schema"));
  const std::string deep =
      "{\"schema\": " + std::string(200'000, '[') + std::string(200'000, ']') + "}";
  EXPECT_THAT(sentence_of(deep), HasSubstr("another schema"));
  constexpr const char* kNegative = R"({"schema": "gcompress-footprint-constants/1",
      "grid": {"unit": "g", "source": "me", "year": 2024, "rows": {"XX": -1}}})";
  EXPECT_THAT(sentence_of(kNegative), HasSubstr("grid XX"));
  constexpr const char* kNoSource = R"({"schema": "gcompress-footprint-constants/1",
      "grid": {"unit": "g", "year": 2024, "rows": {"XX": 1}}})";
  EXPECT_THAT(sentence_of(kNoSource), HasSubstr("source"));
}

TEST(BreakEven, ReproducesThatOfBloomz) {
  // Luccioni, Jernite & Strubell 2024, table 5: training 51,686 kWh, finetuning 7,571 kWh, 1e-4 kWh
  // an inference.
  const Joules spent = known_joules((51686 + 7571) * kJoulesPerKwh);
  const BreakEven result = break_even(spent, known_joules(1e-4 * kJoulesPerKwh));
  EXPECT_EQ(result.verdict, BreakEvenVerdict::kAfter);
  EXPECT_NEAR(*result.inferences, 592.57e6, 1e3);
  EXPECT_THAT(result.sentence, HasSubstr("592.57 million"));
}

TEST(BreakEven, CarriesTheSavingsInterval) {
  const Joules saving = saving_of(known_joules(10), 0.8, {0.75, 0.9});
  EXPECT_NEAR(saving.value, 2, 1e-12);
  const BreakEven result = break_even(known_joules(1000), saving);
  EXPECT_NEAR(*result.inferences, 500, 1e-9);
  EXPECT_NEAR(result.interval->low, 400, 1e-9);
  EXPECT_NEAR(result.interval->high, 1000, 1e-9);
}

TEST(BreakEven, IsNeverShownWhenTheSavingMayBeZero) {
  const Joules saving = saving_of(known_joules(10), 0.99, {0.97, 1.01});
  const BreakEven result = break_even(known_joules(1000), saving);
  EXPECT_EQ(result.verdict, BreakEvenVerdict::kNeverShown);
  EXPECT_FALSE(result.inferences.has_value());
  EXPECT_THAT(result.sentence, HasSubstr("never shown"));
}

TEST(BreakEven, IsNeverWhereInferencesGotDearer) {
  const Joules saving = saving_of(known_joules(10), 1.2, {1.1, 1.3});
  EXPECT_EQ(break_even(known_joules(1000), saving).verdict, BreakEvenVerdict::kNever);
}

}  // namespace
}  // namespace gcompress::measure
