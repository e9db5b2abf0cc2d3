// The battery of a laptop by /sys/class/power_supply: what it gave while nothing charged it. It
// sees the whole machine, the screen included, in steps of seconds.
#pragma once

#include "gcompress/measure/energy/sensor.h"

namespace gcompress::measure {

struct SensorEnvironment;

// Batteries of peripherals (a mouse's) are left out. A battery that is not discharging is missing;
// one that begins to charge later is unavailable from then on.
SensorSearch find_battery(const SensorEnvironment& environment);

}  // namespace gcompress::measure
