// Joules so far of any sensor: a counter's own, or a power sensor's watts summed up over time.
#pragma once

#include <optional>
#include <string>

#include "gcompress/measure/energy/sensor.h"

namespace gcompress::measure {

// Power is integrated by trapezoids between samples, so take them often. A gap of more than
// `longest_gap_seconds`, or a reading that fails, breaks the total of a power sensor for good: what
// was drawn meanwhile cannot be known. Not thread-safe.
class EnergyTotal {
 public:
  explicit EnergyTotal(Sensor sensor, double longest_gap_seconds = 2);

  // Reads the sensor. Joules since the first sample of a power sensor; of a counter as it says.
  Reading sample();
  const std::string& name() const { return sensor_.name; }

 private:
  Reading integrate(const Reading& power);

  Sensor sensor_;
  double longest_gap_seconds_;
  std::optional<Reading> last_;
  double joules_ = 0;
  std::string broken_;
};

}  // namespace gcompress::measure
