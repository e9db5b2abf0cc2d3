// The footprint part of a report: what inferences and the compression come to in carbon and money.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gcompress/measure/carbon/constants.h"
#include "gcompress/measure/carbon/footprint.h"
#include "gcompress/measure/figure.h"

namespace gcompress::measure {

struct InferenceFootprint {
  std::string role;
  std::string name;
  Figure watt_hours;  // of a thousand inferences, of the equipment
  Figure grams_co2e;  // of the same, with PUE
};

struct CompressionFootprint {
  Figure kwh;  // of the equipment
  Figure grams_co2e;
  Figure phone_charges;
  Figure car_km;
  std::optional<Figure> money;
};

struct FootprintReport {
  FootprintOptions options;
  std::vector<InferenceFootprint> inference;
  std::optional<CompressionFootprint> compression;
  FootprintConstants constants;
};

// Throw as footprint_of does. Energy keeps its provenance; what comes of it by quoted constants (of
// a grid, a price, a car) is estimated, whatever the energy was.
InferenceFootprint inference_footprint(const Figure& joules, const FootprintOptions& options,
                                       const FootprintConstants& constants);
CompressionFootprint compression_footprint(const Figure& joules, const FootprintOptions& options,
                                           const FootprintConstants& constants);

}  // namespace gcompress::measure
