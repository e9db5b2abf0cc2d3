// Energy in other words.
#include "gcompress/measure/carbon/footprint.h"

#include <fmt/format.h>

#include "gcompress/core/base/error.h"

namespace gcompress::measure {
namespace {

constexpr double kMostPue = 100;  // no facility is near it

}  // namespace

double kwh_of_joules(double joules) { return joules / kJoulesPerKwh; }

double watt_hours_per_thousand(double joules_per_inference) {
  return joules_per_inference * 1000 / 3600;
}

Footprint footprint_of(double joules, const FootprintOptions& options,
                       const FootprintConstants& constants) {
  if (!(options.pue >= 1 && options.pue <= kMostPue)) {
    throw_usage(fmt::format("a PUE of {} is impossible", options.pue),
                "it is facility energy over equipment energy, 1 or a little more");
  }
  Footprint result;
  result.kwh = kwh_of_joules(joules);
  result.kwh_facility = result.kwh * options.pue;
  result.grams_co2e =
      result.kwh_facility * find_constant(constants.grid, "region", options.region).value;
  result.phone_charges = result.kwh_facility / constants.phone_charge.value;
  result.car_km = result.grams_co2e / constants.car.value;
  if (!options.tariff.empty()) {
    const Constant& tariff = find_constant(constants.tariff, "tariff", options.tariff);
    result.money = result.kwh_facility * tariff.value;
    result.money_unit = tariff.unit.substr(0, tariff.unit.find('/'));
  }
  return result;
}

double campaign_joules(const Hardware& hardware, double hours_a_run, double runs) {
  const double watts =
      hardware.processor_watts + hardware.memory_watts + hardware.gpus * hardware.gpu_watts;
  constexpr double kSecondsPerHour = 3600;
  return watts * hours_a_run * kSecondsPerHour * runs;
}

}  // namespace gcompress::measure
