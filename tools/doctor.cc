// gcompress doctor: what this machine offers for measuring and computing, what is missing, and how
// to get it.
#include <filesystem>
#include <iostream>
#include <memory>

#include "gcompress/measure/energy/power_model.h"
#include "gcompress/measure/energy/sensors.h"
#include "gcompress/tools/commands.h"
#include "gcompress/tools/doctor_findings.h"
#include "gcompress/tools/handover.h"

namespace gcompress::tools {
namespace {

namespace fs = std::filesystem;

// Enough for the 21 changes of a processor's counter, and no more: a doctor answers at once.
constexpr double kShortCalibrationSeconds = 0.05;

struct DoctorArguments {
  bool steps = false;
  std::string meter;
  std::string sys = "/sys";
  std::string nvml = "libnvidia-ml.so.1";
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
  add_sensors({.sys = given.sys, .nvml_library = given.nvml, .meter_command = given.meter},
              given.steps, findings);
  findings.packages_complete = measure::is_complete(findings.search, measure::Coverage::kPackage);
  findings.estimate = measure::estimate_by_power(measure::guess_processor_power(findings.machine),
                                                 1, {.low = 1, .high = 1});
  add_gpus(given.nvml, findings);
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
  app.add_option("--meter", given->meter,
                 "a program that prints the lines of an external meter (docs/formats.md)")
      ->type_name("COMMAND");
  app.add_option("--sys", given->sys, "where the kernel's files are [/sys]")->type_name("DIR");
  app.add_option("--nvml", given->nvml, "NVIDIA's management library [libnvidia-ml.so.1]")
      ->type_name("FILE");
  app.add_flag("--json", options.json, "print the findings as JSON");
  app.callback([given, &options] {
    const DoctorFindings findings = examine(*given);
    std::cout << (options.json ? doctor_json(findings) : doctor_text(findings));
  });
}

}  // namespace gcompress::tools
