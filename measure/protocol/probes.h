// What the protocol sees of the machine, as plain functions, so that tests can hand it a machine of
// their own. None of them knows which network is running.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

namespace gcompress::measure {

// Runs that many inferences and returns when all their work is done: a device is synchronised.
using Workload = std::function<void(std::int64_t inferences)>;

// Joules since some moment, and when that was so, in seconds of the same clock as Probes::clock.
struct CounterReading {
  double seconds = 0;
  double joules = 0;
};
// Nothing where the counter cannot be read just now; never 0 instead. Wraps are undone already.
using EnergyCounter = std::function<std::optional<CounterReading>()>;

struct Probes {
  std::function<double()> clock;             // seconds, never going back
  std::function<void(double seconds)> wait;  // lets the machine idle
  EnergyCounter energy = {};                 // may be empty: then only time is measured
  EnergyCounter integrated_power = {};       // may be empty: a second opinion on the energy
  // Other sensors, never summed with the energy: joules so far by what they meter. May be empty.
  std::function<std::map<std::string, double>()> beside = {};
  // Processor time of the processes that hold the networks, in seconds so far. May be empty.
  std::function<std::optional<double>()> cpu_seconds = {};
  std::function<std::optional<double>()> temperature = {};  // Celsius; may be empty
  std::function<std::optional<double>()> megahertz = {};    // of the clock; may be empty
  // Why what was measured since the last call must not count: "throttled", "foreign process"; empty
  // where nothing is known against it. May be empty.
  std::function<std::string()> trouble = {};
};

// Steady clock and sleep; no energy.
Probes system_probes();

}  // namespace gcompress::measure
