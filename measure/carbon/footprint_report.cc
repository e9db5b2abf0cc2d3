// Figures of footprints.
#include "gcompress/measure/carbon/footprint_report.h"

namespace gcompress::measure {
namespace {

Figure by_constants(const Figure& joules, double factor, const std::string& unit) {
  Figure figure = scaled(joules, factor, unit);
  figure.provenance = Provenance::kEstimated;
  return figure;
}

}  // namespace

InferenceFootprint inference_footprint(const Figure& joules, const FootprintOptions& options,
                                       const FootprintConstants& constants) {
  const Footprint of_a_joule = footprint_of(1, options, constants);
  return {
      .role = {},
      .name = {},
      .watt_hours = scaled(joules, watt_hours_per_thousand(1), "Wh per 1,000 inferences"),
      .grams_co2e = scaled(joules, 1000 * of_a_joule.grams_co2e, "g CO2e per 1,000 inferences")};
}

CompressionFootprint compression_footprint(const Figure& joules, const FootprintOptions& options,
                                           const FootprintConstants& constants) {
  const Footprint of_a_joule = footprint_of(1, options, constants);
  CompressionFootprint result{
      .kwh = scaled(joules, of_a_joule.kwh, "kWh"),
      .grams_co2e = by_constants(joules, of_a_joule.grams_co2e, "g CO2e"),
      .phone_charges = by_constants(joules, of_a_joule.phone_charges, "phone charges"),
      .car_km = by_constants(joules, of_a_joule.car_km, "km by car"),
      .money = std::nullopt};
  if (of_a_joule.money)
    result.money = by_constants(joules, *of_a_joule.money, of_a_joule.money_unit);
  return result;
}

}  // namespace gcompress::measure
