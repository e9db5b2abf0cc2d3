// What gcompress doctor found out, and its two ways of saying it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gcompress/measure/energy/calibration.h"
#include "gcompress/measure/energy/estimate.h"
#include "gcompress/measure/energy/nvml.h"
#include "gcompress/measure/energy/sensor.h"
#include "gcompress/measure/host.h"
#include "gcompress/measure/machine.h"

namespace gcompress::tools {

struct SensorFinding {
  measure::Sensor sensor;
  bool used = false;                        // else another sensor of its part is
  std::optional<measure::SensorStep> step;  // nullopt: not calibrated
};

struct GpuFinding {
  measure::Gpu gpu;
  measure::GpuState state;
};

struct DoctorFindings {
  measure::Host host;
  measure::Machine machine;
  std::vector<SensorFinding> sensors;
  bool full_calibration = false;  // --steps: every sensor was given the time that it needs
  measure::SensorSearch search;
  bool packages_complete = false;    // every package that is there can be read
  measure::EnergyEstimate estimate;  // of a second of full load, where no counter covers that
  std::vector<GpuFinding> gpus;
  measure::NvidiaDriver driver;  // empty without one
  std::string training_program;  // its path; empty: not installed
};

std::string doctor_text(const DoctorFindings& findings);
std::string doctor_json(const DoctorFindings& findings);

}  // namespace gcompress::tools
