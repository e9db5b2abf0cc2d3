// Processor energy by perf's power events (/sys/bus/event_source/devices/power). The kernel adds
// the counters up in 64 bits, so nothing wraps. Needs kernel.perf_event_paranoid <= 0 or
// CAP_PERFMON.
#pragma once

#include "gcompress/measure/energy/sensor.h"

namespace gcompress::measure {

struct SensorEnvironment;

// energy-pkg and energy-ram of each package. Refuses processors with several dies in a package:
// these events cannot tell whether the dies mirror one counter; powercap can.
SensorSearch find_perf_power(const SensorEnvironment& environment);

}  // namespace gcompress::measure
