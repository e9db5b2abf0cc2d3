// Processor energy (RAPL) by the files of /sys/class/powercap. Packages and their memory only: psys
// contains the packages, core and uncore are contained in them. Zones of intel-rapl-mmio repeat
// those of intel-rapl. The dies of a package mirror one counter on some processors (AMD Zen 1 and
// 2) and have one each on others (Cascade Lake-AP): reading them in turn tells which.
#pragma once

#include "gcompress/measure/energy/sensor.h"

namespace gcompress::measure {

struct SensorEnvironment;

SensorSearch find_powercap(const SensorEnvironment& environment);

}  // namespace gcompress::measure
