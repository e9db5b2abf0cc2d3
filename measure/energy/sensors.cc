// The list of sensors.
#include "gcompress/measure/energy/sensors.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "gcompress/measure/energy/battery.h"
#include "gcompress/measure/energy/meter.h"
#include "gcompress/measure/energy/nvml_sensors.h"
#include "gcompress/measure/energy/perf_power.h"
#include "gcompress/measure/energy/powercap.h"

namespace gcompress::measure {
namespace {

constexpr std::array kRows = {
    SensorRow{"perf", "processor counters by perf's power events", find_perf_power},
    SensorRow{"powercap", "processor counters (RAPL) by powercap", find_powercap},
    SensorRow{"nvml", "NVIDIA GPUs by their management library", find_nvml},
    SensorRow{"battery", "the battery of a laptop", find_battery},
    SensorRow{"meter", "an external meter by a program", find_meter},
};

template <typename T>
void append(std::vector<T>& to, std::vector<T> from) {
  std::ranges::move(from, std::back_inserter(to));
}

}  // namespace

std::span<const SensorRow> sensor_rows() { return kRows; }

SensorSearch find_sensors(const SensorEnvironment& environment) {
  SensorSearch all;
  for (const SensorRow& row : kRows) {
    SensorSearch found = row.find(environment);
    append(all.found, std::move(found.found));
    append(all.missing, std::move(found.missing));
    append(all.left_out, std::move(found.left_out));
  }
  return all;
}

SensorChoice choose(const std::vector<Sensor>& sensors) {
  SensorChoice choice;
  for (const SensorKind kind : {SensorKind::kEnergyCounter, SensorKind::kPower}) {
    for (const Sensor& sensor : sensors) {
      if (sensor.kind != kind) continue;
      const bool again =
          std::ranges::find(choice.used, sensor.part, &Sensor::part) != choice.used.end();
      (again ? choice.spares : choice.used).push_back(sensor);
    }
  }
  return choice;
}

bool is_complete(const SensorSearch& search, Coverage coverage) {
  const auto has_sensor = [&](const std::string& part) {
    return std::ranges::find(search.found, part, &Sensor::part) != search.found.end();
  };
  const bool lacks_part = std::ranges::any_of(search.missing, [&](const MissingSensor& missing) {
    return missing.coverage == coverage && !missing.part.empty() && !has_sensor(missing.part);
  });
  return !lacks_part &&
         std::ranges::find(search.found, coverage, &Sensor::coverage) != search.found.end();
}

}  // namespace gcompress::measure
