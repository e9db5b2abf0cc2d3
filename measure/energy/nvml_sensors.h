// Sensors of NVIDIA GPUs: an energy counter (Volta and later, in steps of about 0.1 s) and power,
// averaged and of the moment.
#pragma once

#include "gcompress/measure/energy/sensor.h"

namespace gcompress::measure {

struct SensorEnvironment;

SensorSearch find_nvml(const SensorEnvironment& environment);

}  // namespace gcompress::measure
