// Estimating energy from time: E = t (P_idle + utilization (TDP - P_idle)), for machines without a
// counter.
#pragma once

#include <string>
#include <vector>

#include "gcompress/measure/energy/estimate.h"
#include "gcompress/measure/figure.h"
#include "gcompress/measure/machine.h"

namespace gcompress::measure {

// The power of the processor, or of the share of it that a virtual machine has.
struct ProcessorPower {
  Interval tdp_watts;   // thermal design power
  Interval idle_watts;  // nothing runs
  std::vector<std::string> assumptions = {};
};

// What can be said of a machine of which only the number of its processors is known.
ProcessorPower guess_processor_power(const Machine& machine);

// The same where the user knows the thermal design power.
ProcessorPower processor_power_of_tdp(double tdp_watts);

// Utilization is the busy share of the whole processor, 0 to 1, as a range. Throws Error(kUsage) if
// that, the time or the power is no sensible number.
EnergyEstimate estimate_by_power(const ProcessorPower& power, double seconds,
                                 const Interval& utilization);

}  // namespace gcompress::measure
