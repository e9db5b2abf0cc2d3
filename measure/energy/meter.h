// An external meter (at the wall, at a board's shunt): a program that prints a line "SECONDS
// JOULES" for each sample. docs/formats.md describes it.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "gcompress/measure/energy/clock.h"
#include "gcompress/measure/energy/sensor.h"

namespace gcompress::measure {

struct SensorEnvironment;

// The row of the list: the meter of environment.meter_command. Waits up to 3 s for its first line.
SensorSearch find_meter(const SensorEnvironment& environment);

// What a meter printed so far, and whether it is to be believed. The seconds are the meter's own:
// they are set to our clock by the first line.
class MeterLines {
 public:
  // Takes a line that came at `now`. A line without two numbers, or time or energy that goes back,
  // breaks the meter for good. Empty lines and comments (#) are skipped.
  void take(const std::string& line, double now);
  // The meter is gone: it is unavailable from now on.
  void end(const std::string& why_not);
  bool has_sample() const { return last_.has_value(); }
  const std::string& broken() const { return broken_; }
  // The last sample, at its time by our clock. Unavailable when that is more than 5 s ago.
  Reading read(double now) const;

 private:
  struct Sample {
    double seconds = 0;
    double joules = 0;
  };
  std::optional<Sample> first_;
  std::optional<Sample> last_;
  double offset_ = 0;  // our clock minus the meter's
  std::string broken_;
};

}  // namespace gcompress::measure
