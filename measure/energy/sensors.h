// The list of sensors, and where they are looked for. A new kind of sensor is its own file, a row
// in sensors.cc, and a fake for its test.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "gcompress/measure/energy/clock.h"
#include "gcompress/measure/energy/perf_events.h"
#include "gcompress/measure/energy/sensor.h"
#include "gcompress/measure/energy/system_files.h"

namespace gcompress::measure {

struct SensorEnvironment {
  std::filesystem::path sys = "/sys";
  std::string nvml_library = "libnvidia-ml.so.1";  // a path, or a name for the loader
  std::string meter_command;  // run by the shell; empty: there is no external meter
  Clock clock = monotonic_clock();
  FileReader read_file = read_system_file;
  PerfEventOpener open_perf_event = open_perf_event_of_system;
};

struct SensorRow {
  const char* name;
  const char* summary;
  // Never throws for what the machine holds: whatever cannot be used is in `missing`.
  SensorSearch (*find)(const SensorEnvironment& environment);
};

// In order of preference: of two sensors of the same part, that of the earlier row is used.
std::span<const SensorRow> sensor_rows();

// Asks every row.
SensorSearch find_sensors(const SensorEnvironment& environment);

struct SensorChoice {
  std::vector<Sensor> used;    // one a part: its counter, or where there is none its power
  std::vector<Sensor> spares;  // others of the same parts, to cross-check with
};
SensorChoice choose(const std::vector<Sensor>& sensors);

// True when some part of this coverage has a sensor, and no part that is known to be there lacks
// one: else a sum over them would leave something out.
bool is_complete(const SensorSearch& search, Coverage coverage);

}  // namespace gcompress::measure
