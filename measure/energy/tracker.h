// Follows work that somebody else does, a training of any framework, with the energy sensors until
// it ends: joules of each sensor, idle not subtracted.
//
//   const Tracked tracked = track(choose(search.found).used, monotonic_clock(), work);
//   for (const CoverageTotal& total : totals_of(tracked)) ...
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "gcompress/measure/energy/clock.h"
#include "gcompress/measure/energy/sensor.h"
#include "gcompress/measure/figure.h"

namespace gcompress::measure {

struct TrackedWork {
  std::function<void()> begin;  // called between the first readings and the waiting; may be empty
  // Waits so many seconds at most; true once the work has ended.
  std::function<bool(double seconds)> ended_within;
  // Processor time that the work has taken so far; may be empty.
  std::function<std::optional<double>()> processor_seconds;
};

struct SensorTotal {
  std::string name;
  std::string part;
  Coverage coverage = Coverage::kPackage;
  SensorKind kind = SensorKind::kEnergyCounter;
  Figure joules;        // no value where the sensor was lost; its interval is the error of its gain
  double seconds = 0;   // between its first and its last reading
  std::string why_not;  // where there is no value: "lost after 12 s: ..."
};

struct Tracked {
  double seconds = 0;
  std::optional<double> processor_seconds;  // while tracked; nullopt: not known
  std::vector<SensorTotal> sensors;         // in the order given
};

// Reads all sensors before `begin`, at least once a second and as often as they ask for, and at the
// end. Power is integrated (trapezoids); a gap in it loses the sensor. A counter is lost if its
// last reading fails. Throws what the work throws.
Tracked track(std::span<const Sensor> sensors, const Clock& clock, const TrackedWork& work);

// The sum over all sensors of a coverage; without a value where one of them was lost.
struct CoverageTotal {
  Coverage coverage = Coverage::kPackage;
  Figure joules;
  std::vector<std::string> parts;
};
// Of the coverages that have a sensor.
std::vector<CoverageTotal> totals_of(const Tracked& tracked);
// Of packages, memory and GPUs together; batteries and external meters contain them and stay out.
// nullopt where none of them has a sensor.
std::optional<CoverageTotal> total_of_parts(const Tracked& tracked);

}  // namespace gcompress::measure
