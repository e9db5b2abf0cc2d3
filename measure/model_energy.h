// What an inference of a network costs in energy: measured where a sensor covers the machine, and
// estimates beside it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "gcompress/core/graph/costs.h"
#include "gcompress/measure/energy/operation_model.h"
#include "gcompress/measure/energy/power_model.h"
#include "gcompress/measure/figure.h"
#include "gcompress/measure/latency.h"
#include "gcompress/measure/protocol/gather.h"
#include "gcompress/measure/protocol/summary.h"

namespace gcompress::measure {

struct NamedEstimate {
  std::string model;  // "power", "operations"
  Figure per_inference;
  std::vector<std::string> assumptions;
};

struct ModelEnergy {
  Figure per_inference;              // J; measured, or else the estimate by power
  Figure marginal;                   // J above what idling would have taken; only where measured
  Figure idle_power;                 // W
  Figure seconds;                    // of an inference, in the same windows
  std::vector<std::string> sensors;  // whose sum is per_inference; empty: nothing was measured
  std::map<std::string, Figure> beside;  // J of other sensors, summed with nothing
  std::vector<NamedEstimate> estimates;
};

// How an estimate by power is made: of what processor, and how many processors there are to share.
struct PowerAssumptions {
  ProcessorPower power;
  int processors = 1;
};

// A network against the one before, in paired windows.
struct Experiment {
  std::string before;  // names of the networks
  std::string after;
  Evidence evidence;
  ProtocolResult result;
  double window_seconds = 0;
  std::vector<std::string> sensors;  // whose sum is the energy
  double gain_error = 0;             // of that sum, by which all readings may be off together
  PowerAssumptions power;            // for the estimate
};

// The measured part of a side. Absolute joules are widened by the boards' gain, which no averaging
// removes.
ModelEnergy measured_energy(const Experiment& experiment, Side side);

// The busy share of all processors in a side's windows, smallest and largest; 0 to 1 where no
// window tells.
Interval utilization_of(const Experiment& experiment, Side side);

// Adds the estimate by power over energy.seconds, and makes it the headline if nothing was
// measured. Does nothing where the seconds are not known.
void add_power_estimate(const PowerAssumptions& assumptions, const Interval& utilization,
                        ModelEnergy& energy);
// The measured part and the estimate by power. A rival (no side) has no windows of its own, and on
// a machine too busy no window counts: then latency gives the seconds.
ModelEnergy energy_of(const Experiment& experiment, std::optional<Side> side,
                      const LatencyResult& latency);

// Adds the estimate by operations, of what an executor with these traits executes.
void add_operation_estimate(const graph::NetworkCost& cost, const ExecutionTraits& traits,
                            ModelEnergy& energy);

// after / before. Value null where it was not measured.
Figure ratio_figure(const RatioResult& ratio);

}  // namespace gcompress::measure
