// gcompress doctor: what this machine offers for measuring and computing, what is missing, and how
// to get it.
#include <filesystem>
#include <iostream>
#include <memory>

#include "gcompress/tools/commands.h"
#include "gcompress/tools/doctor_findings.h"
#include "gcompress/tools/handover.h"
#include "gcompress/tools/sensor_options.h"

namespace gcompress::tools {
namespace {

namespace fs = std::filesystem;

// Enough for the 21 changes of a processor's counter, and no more: a doctor answers at once.
constexpr double kShortCalibrationSeconds = 0.05;

struct DoctorArguments {
  bool steps = false;
  SensorArguments sensors;
};

void add_sensors(const measure::SensorEnvironment& environment, bool full_steps,
                 DoctorFindings& findings) {
  findings.search = measure::find_sensors(environment);
  findings.full_calibration = full_steps;
  const measure::SensorChoice choice = measure::choose(findings.search.found);
  const measure::StepOptions options{.seconds_at_most = full_steps
                                                            ? measure::StepOptions{}.seconds_at_most
                                                            : kShortCalibrationSeconds};
  for (const auto* sensors : {&choice.used, &choice.spares}) {
    for (const measure::Sensor& sensor : *sensors) {
      SensorFinding finding{.sensor = sensor, .used = sensors == &choice.used};
      const bool counter = sensor.kind == measure::SensorKind::kEnergyCounter;
      if (full_steps || (finding.used && counter)) {
        finding.step = measure::calibrate_step(sensor, environment.clock, options);
      }
      findings.sensors.push_back(finding);
    }
  }
}

void add_gpus(const std::string& library, DoctorFindings& findings) {
  const measure::NvmlOpened opened = measure::open_nvml(library);
  if (!opened.library) return;
  findings.driver = measure::nvidia_driver(*opened.library);
  std::vector<std::string> faults;  // find_sensors says them
  for (const measure::Gpu& gpu : measure::list_gpus(opened.library, faults)) {
    findings.gpus.push_back({.gpu = gpu, .state = measure::state_of(gpu)});
  }
}

DoctorFindings examine(const DoctorArguments& given) {
  DoctorFindings findings;
  findings.host = measure::this_host();
  findings.machine = measure::describe_machine();
  const measure::ProcessorPower power = processor_power_of(given.sensors, findings.machine);
  add_sensors(environment_of(given.sensors), given.steps, findings);
  findings.packages_complete = measure::is_complete(findings.search, measure::Coverage::kPackage);
  findings.estimate = measure::estimate_by_power(power, 1, {.low = 1, .high = 1});
  add_gpus(given.sensors.nvml, findings);
  std::error_code ignored;
  if (fs::exists(training_program(), ignored)) {
    findings.training_program = training_program().string();
  }
  return findings;
}

}  // namespace

void setup_doctor(CLI::App& app, GlobalOptions& options, int&) {
  auto given = std::make_shared<DoctorArguments>();
  app.add_flag("--steps", given->steps,
               "calibrate the step of every sensor; takes up to 5 s for each");
  add_sensor_options(app, given->sensors);
  app.add_flag("--json", options.json, "print the findings as JSON");
  app.callback([given, &options] {
    const DoctorFindings findings = examine(*given);
    std::cout << (options.json ? doctor_json(findings) : doctor_text(findings));
  });
}

}  // namespace gcompress::tools
