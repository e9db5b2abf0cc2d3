// Names of what sensors meter.
#include "gcompress/measure/energy/sensor.h"

namespace gcompress::measure {

std::string name_of(Coverage coverage) {
  switch (coverage) {
    case Coverage::kPackage:
      return "package";
    case Coverage::kDram:
      return "dram";
    case Coverage::kGpu:
      return "gpu";
    case Coverage::kBattery:
      return "battery";
    case Coverage::kExternal:
      return "external";
  }
  return "external";
}

bool is_part_of_machine(Coverage coverage) {
  return coverage != Coverage::kBattery && coverage != Coverage::kExternal;
}

std::string name_of(SensorKind kind) {
  return kind == SensorKind::kEnergyCounter ? "energy counter" : "power";
}

}  // namespace gcompress::measure
