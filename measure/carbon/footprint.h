// Energy in other words: kWh, CO2e, money, phone charges, kilometres by car. Every result is only
// as good as the constants it names.
#pragma once

#include <optional>
#include <string>

#include "gcompress/measure/carbon/constants.h"

namespace gcompress::measure {

constexpr double kJoulesPerKwh = 3.6e6;
constexpr double kPoundsPerKilogram = 2.2046226218;

double kwh_of_joules(double joules);
// Watt-hours for a thousand inferences, the unit that energy scores use.
double watt_hours_per_thousand(double joules_per_inference);

struct FootprintOptions {
  std::string region = "world";  // row of the grid
  double pue = 1;                // what the meter does not see: cooling, losses; at least 1
  std::string tariff = {};       // row of the tariffs; empty: no money
};

struct Footprint {
  double kwh = 0;           // of the equipment
  double kwh_facility = 0;  // times PUE
  double grams_co2e = 0;    // kWh x PUE x intensity of the grid
  double phone_charges = 0;
  double car_km = 0;
  std::optional<double> money;
  std::string money_unit;  // "EUR"
};
// Throws Error(kUsage) for an unknown region or tariff or a PUE below 1.
Footprint footprint_of(double joules, const FootprintOptions& options,
                       const FootprintConstants& constants);

// Energy of a campaign of training or tuning from its hardware, where nobody measured. An estimate.
// Strubell, Ganesh & McCallum 2019, equation 1: kWh = PUE t (p_c + p_r + g p_g) / 1000.
struct Hardware {
  double processor_watts = 0;  // all sockets, mean while running
  double memory_watts = 0;
  double gpu_watts = 0;  // of one
  int gpus = 0;
};
// In joules, of the equipment (without PUE).
double campaign_joules(const Hardware& hardware, double hours_a_run, double runs = 1);

}  // namespace gcompress::measure
