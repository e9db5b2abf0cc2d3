// How often a sensor changes: its step. A window of measurement has to hold many of them.
#pragma once

#include <optional>
#include <string>

#include "gcompress/measure/energy/clock.h"
#include "gcompress/measure/energy/sensor.h"

namespace gcompress::measure {

struct StepOptions {
  int changes = 20;             // whole steps that the medians are taken over
  double seconds_at_most = 5;   // then it gives up
  double pause_seconds = 1e-4;  // between two readings
};

struct SensorStep {
  int changes = 0;                // whole steps that were seen
  std::optional<double> seconds;  // median time between two changes
  std::optional<double> size;     // median change: joules of a counter, watts of a power sensor
  double waited_seconds = 0;
  std::string why_not;  // where there are no medians
};

// Reads the sensor over and over. The first change begins the first step, so that only whole steps
// count. Passing faults of the sensor are read over; the reason of the last one is kept.
SensorStep calibrate_step(const Sensor& sensor, const Clock& clock, const StepOptions& options);

}  // namespace gcompress::measure
