// The options of measuring, shared by every command that ends in a report.
#pragma once

#include <vector>

#include "gcompress/compress/settings.h"
#include "gcompress/measure/carbon/constants.h"
#include "gcompress/measure/carbon/footprint.h"
#include "gcompress/measure/energy/sensors.h"
#include "gcompress/measure/model_energy.h"

namespace gcompress::compress {

// latency, energy, margin, batches, meter, tdp, ..., region, pue, tariff, constants.
const std::vector<OptionRow>& measuring_options();

// Checks what can be checked before anything runs. Throws Error(kUsage), or Error(kInput) for a
// damaged file of constants.
void check_measuring(const Settings& common);

std::vector<std::int64_t> batch_sizes(const Settings& common);
measure::SensorEnvironment sensor_environment(const Settings& common);
// Of this machine, as given by the user or guessed.
measure::PowerAssumptions power_assumptions(const Settings& common);
measure::FootprintConstants footprint_constants(const Settings& common);
measure::FootprintOptions footprint_options(const Settings& common);

}  // namespace gcompress::compress
