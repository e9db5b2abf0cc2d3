// The findings of gcompress doctor, for people.
#include <fmt/format.h>

#include <algorithm>

#include "gcompress/measure/text_table.h"
#include "gcompress/tools/doctor_findings.h"
#include "gcompress/version.h"

namespace gcompress::tools {
namespace {

using Rows = std::vector<std::vector<std::string>>;

std::string section(const std::string& title, const std::string& body) {
  std::string text = "\n" + title + "\n";
  std::size_t at = 0;
  while (at < body.size()) {
    const std::size_t end = std::min(body.find('\n', at), body.size());
    text += "  " + body.substr(at, end - at) + "\n";
    at = end + 1;
  }
  return text;
}

std::string joined(const std::vector<std::string>& words, const std::string& between) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : between) + word;
  return text;
}

std::string or_unknown(const std::string& text) { return text.empty() ? "unknown" : text; }

std::string counted(int number, const std::string& noun) {
  return fmt::format("{} {}{}", number, noun, number == 1 ? "" : "s");
}

std::string virtual_text(const measure::Machine& machine) {
  if (!machine.is_virtual) return "unknown";
  if (!*machine.is_virtual) return "no";
  return machine.virtualization.empty() ? "yes" : "yes: " + machine.virtualization;
}

std::string machine_text(const DoctorFindings& findings) {
  const measure::Machine& machine = findings.machine;
  const Rows rows = {
      {"processor",
       fmt::format("{}, {} in {}", findings.host.processor, counted(machine.cores, "core"),
                   counted(machine.sockets, "socket"))},
      {"threads", fmt::format("{}, {} usable", machine.processors, findings.host.cores)},
      {"instruction sets", or_unknown(joined(findings.host.instruction_sets, " "))},
      {"memory", machine.memory_bytes
                     ? fmt::format("{:.1f} GB", static_cast<double>(*machine.memory_bytes) / 1e9)
                     : "unknown"},
      {"virtual machine", virtual_text(machine)},
      {"frequency governor", or_unknown(machine.governor)},
      {"system", findings.host.system}};
  return measure::align(rows, 2);
}

std::string step_text(const SensorFinding& finding) {
  if (!finding.step) return "step not calibrated";
  const measure::SensorStep& step = *finding.step;
  if (!step.seconds) return "step unknown: " + step.why_not;
  const char* unit = finding.sensor.kind == measure::SensorKind::kEnergyCounter ? "J" : "W";
  return fmt::format("steps of {:.3g} ms, {:.3g} {}", *step.seconds * 1e3, step.size.value_or(0),
                     unit);
}

std::string sensors_text(const DoctorFindings& findings) {
  if (findings.sensors.empty()) return "none can be read\n";
  Rows rows;
  bool uncalibrated = false;
  for (const SensorFinding& finding : findings.sensors) {
    const measure::Sensor& sensor = finding.sensor;
    rows.push_back({sensor.name, name_of(sensor.coverage), name_of(sensor.kind),
                    finding.used ? "used" : "spare", step_text(finding), sensor.remark});
    uncalibrated |= !finding.step || !finding.step->seconds;
  }
  return measure::align(rows, 6) + (uncalibrated && !findings.full_calibration
                                        ? "Longer steps are found by gcompress doctor --steps.\n"
                                        : "");
}

std::string missing_text(const DoctorFindings& findings) {
  std::string text;
  for (const measure::MissingSensor& missing : findings.search.missing) {
    text += missing.name + ": " + missing.reason + "\n";
    if (!missing.remedy.empty()) text += "  to get it: " + missing.remedy + "\n";
  }
  for (const std::string& sentence : findings.search.left_out) {
    text += "left out: " + sentence + "\n";
  }
  return text;
}

std::string energy_text(const DoctorFindings& findings) {
  if (findings.packages_complete) return "The processor's energy is measured.\n";
  std::string text = fmt::format(
      "{}: energy is estimated, and said to be.\n"
      "A second of full load would take {:.3g} to {:.3g} J (estimated), assuming:\n",
      findings.search.found.empty() ? "No counter can be read"
                                    : "No counter covers the whole processor",
      findings.estimate.joules.low, findings.estimate.joules.high);
  for (const std::string& assumption : findings.estimate.assumptions) {
    text += "  - " + assumption + "\n";
  }
  return text;
}

std::string known(const std::optional<double>& value, const char* unit) {
  return value ? fmt::format("{:.0f} {}", *value, unit) : std::string("?");
}

std::string gpus_text(const DoctorFindings& findings) {
  std::string text;
  if (!findings.driver.version.empty()) {
    text += fmt::format("driver {}, CUDA up to {}\n", findings.driver.version,
                        or_unknown(findings.driver.cuda));
  }
  for (const GpuFinding& finding : findings.gpus) {
    const measure::GpuState& state = finding.state;
    text += fmt::format(
        "{} {}: {}, {}, limit {}, {}{}{}\n", finding.gpu.bus_id, finding.gpu.name,
        known(state.sm_megahertz, "MHz"), known(state.temperature_celsius, "C"),
        known(state.power_limit_watts, "W"),
        state.processes ? fmt::format("processes: {}", state.processes->size())
                        : "processes unknown",
        state.mig.value_or(false) ? ", divided (MIG)" : "",
        slowed_by(state).empty() ? "" : ", slowed by " + joined(slowed_by(state), ", "));
  }
  return text.empty() ? "none that NVIDIA's driver shows\n" : text;
}

std::string libraries_text(const DoctorFindings& findings) {
  std::string text;
  for (const LibraryVersion& library : kLibraries) {
    if (*library.version == 0) continue;
    text += (text.empty() ? "" : ", ") + std::string(library.name) + " " + library.version;
  }
  text += "\n";
  return text + (findings.training_program.empty()
                     ? "cannot train or run networks: built without libtorch (make deps build)\n"
                     : "trains and runs networks by " + findings.training_program + "\n");
}

}  // namespace

std::string doctor_text(const DoctorFindings& findings) {
  std::string text = std::string("gcompress ") + kVersion + "\n";
  text += section("Machine", machine_text(findings));
  text += section("Energy sensors", sensors_text(findings));
  text += section("Not used", missing_text(findings));
  text += section("Energy", energy_text(findings));
  text += section("GPUs", gpus_text(findings));
  text += section("Libraries", libraries_text(findings));
  return text;
}

}  // namespace gcompress::tools
