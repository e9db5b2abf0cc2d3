// Options of every command that looks for energy sensors.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "gcompress/measure/energy/power_model.h"
#include "gcompress/measure/energy/sensors.h"

namespace gcompress::tools {

struct SensorArguments {
  std::string meter;
  std::string sys = "/sys";
  std::string nvml = "libnvidia-ml.so.1";
  std::optional<double> tdp_watts;
};

// Adds --meter, --tdp, --sys and --nvml.
void add_sensor_options(CLI::App& app, SensorArguments& given);

measure::SensorEnvironment environment_of(const SensorArguments& given);
// By --tdp, or guessed. Throws Error(kUsage) if it is no power.
measure::ProcessorPower processor_power_of(const SensorArguments& given,
                                           const measure::Machine& machine);

}  // namespace gcompress::tools
