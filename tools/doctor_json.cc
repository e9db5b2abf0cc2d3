// The findings of gcompress doctor, for programs. docs/formats.md describes it.
#include <nlohmann/json.hpp>

#include "gcompress/measure/figure_json.h"
#include "gcompress/tools/doctor_findings.h"
#include "gcompress/version.h"

namespace gcompress::tools {
namespace {

using Json = nlohmann::ordered_json;

using measure::or_null;
using measure::text_or_null;

Json machine_json(const DoctorFindings& findings) {
  const measure::Machine& machine = findings.machine;
  return {{"processor", findings.host.processor},
          {"system", findings.host.system},
          {"instruction_sets", findings.host.instruction_sets},
          {"sockets", machine.sockets},
          {"cores", machine.cores},
          {"threads", machine.processors},
          {"threads_usable", findings.host.cores},
          {"memory_bytes", or_null(machine.memory_bytes)},
          {"virtual", or_null(machine.is_virtual)},
          {"virtualization", text_or_null(machine.virtualization)},
          {"governor", text_or_null(machine.governor)}};
}

Json step_json(const std::optional<measure::SensorStep>& step) {
  if (!step) return nullptr;
  return {{"seconds", or_null(step->seconds)},
          {"size", or_null(step->size)},
          {"changes", step->changes},
          {"why_not", text_or_null(step->why_not)}};
}

Json sensors_json(const DoctorFindings& findings) {
  Json list = Json::array();
  for (const SensorFinding& finding : findings.sensors) {
    const measure::Sensor& sensor = finding.sensor;
    list.push_back(
        {{"name", sensor.name},
         {"part", sensor.part},
         {"coverage", name_of(sensor.coverage)},
         {"kind", name_of(sensor.kind)},
         {"used", finding.used},
         {"gain_error", or_null(sensor.gain_error)},
         {"read_within_seconds",
          sensor.read_within_seconds > 0 ? Json(sensor.read_within_seconds) : Json(nullptr)},
         {"remark", text_or_null(sensor.remark)},
         {"step", step_json(finding.step)}});
  }
  return list;
}

Json missing_json(const DoctorFindings& findings) {
  Json list = Json::array();
  for (const measure::MissingSensor& missing : findings.search.missing) {
    list.push_back({{"name", missing.name},
                    {"coverage", name_of(missing.coverage)},
                    {"reason", missing.reason},
                    {"remedy", text_or_null(missing.remedy)}});
  }
  return list;
}

Json estimate_json(const DoctorFindings& findings) {
  if (findings.packages_complete) return nullptr;
  const measure::Figure figure = figure_of(findings.estimate);
  return {{"seconds", 1},
          {"utilization", 1},
          {"energy", to_json_value(figure)},
          {"assumptions", findings.estimate.assumptions}};
}

Json gpus_json(const DoctorFindings& findings) {
  Json list = Json::array();
  for (const GpuFinding& finding : findings.gpus) {
    const measure::GpuState& state = finding.state;
    list.push_back({{"bus_id", finding.gpu.bus_id},
                    {"name", finding.gpu.name},
                    {"uuid", text_or_null(finding.gpu.uuid)},
                    {"graphics_megahertz", or_null(state.graphics_megahertz)},
                    {"sm_megahertz", or_null(state.sm_megahertz)},
                    {"memory_megahertz", or_null(state.memory_megahertz)},
                    {"temperature_celsius", or_null(state.temperature_celsius)},
                    {"power_limit_watts", or_null(state.power_limit_watts)},
                    {"slowed_by", slowed_by(state)},
                    {"processes", or_null(state.processes)},
                    {"mig", or_null(state.mig)}});
  }
  return list;
}

Json libraries_json() {
  Json versions = Json::object();
  for (const LibraryVersion& library : kLibraries) {
    versions[library.name] = text_or_null(library.version);
  }
  return versions;
}

}  // namespace

std::string doctor_json(const DoctorFindings& findings) {
  const Json json = {{"schema", "gcompress-doctor/1"},
                     {"version", kVersion},
                     {"machine", machine_json(findings)},
                     {"sensors", sensors_json(findings)},
                     {"missing", missing_json(findings)},
                     {"left_out", findings.search.left_out},
                     {"packages_complete", findings.packages_complete},
                     {"estimate", estimate_json(findings)},
                     {"nvidia_driver", text_or_null(findings.driver.version)},
                     {"gpus", gpus_json(findings)},
                     {"libraries", libraries_json()},
                     {"training_program", text_or_null(findings.training_program)}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace gcompress::tools
