// Options for sensors.
#include "gcompress/tools/sensor_options.h"

#include "gcompress/core/base/error.h"

namespace gcompress::tools {

void add_sensor_options(CLI::App& app, SensorArguments& given) {
  app.add_option("--meter", given.meter,
                 "a program that prints the lines of an external meter (docs/formats.md)")
      ->type_name("COMMAND");
  app.add_option("--tdp", given.tdp_watts,
                 "thermal design power of all processors, for estimates [guessed]")
      ->type_name("WATTS");
  app.add_option("--sys", given.sys, "where the kernel's files are [/sys]")->type_name("DIR");
  app.add_option("--nvml", given.nvml, "NVIDIA's management library [libnvidia-ml.so.1]")
      ->type_name("FILE");
}

measure::SensorEnvironment environment_of(const SensorArguments& given) {
  return {.sys = given.sys, .nvml_library = given.nvml, .meter_command = given.meter};
}

measure::ProcessorPower processor_power_of(const SensorArguments& given,
                                           const measure::Machine& machine) {
  if (!given.tdp_watts) return measure::guess_processor_power(machine);
  if (!(*given.tdp_watts > 0)) throw_usage("--tdp is no power", "give watts above 0");
  return measure::processor_power_of_tdp(*given.tdp_watts);
}

}  // namespace gcompress::tools
