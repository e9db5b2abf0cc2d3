// The sensors of each GPU.
#include "gcompress/measure/energy/nvml_sensors.h"

#include <array>
#include <functional>
#include <memory>

#include "gcompress/measure/energy/nvml.h"
#include "gcompress/measure/energy/running_total.h"
#include "gcompress/measure/energy/sensors.h"

namespace gcompress::measure {
namespace {

// No board draws more; several in one module (GH200, GB200) share a counter.
constexpr double kMostWatts = 10'000;
// Boards differ by about so much from a true meter: Yang et al., "Part-time power measurements",
// SC24.
constexpr double kBoardGainError = 0.05;

struct PowerRow {
  const char* name;
  const char* remark;
  std::function<NvmlValue(const Gpu&)> read;
};

const std::array<PowerRow, 3>& power_rows() {
  static const std::array<PowerRow, 3> rows = {
      PowerRow{
          "average power", "average over about a second",
          [](const Gpu& gpu) { return power_field_milliwatts(gpu, nvml::kFieldPowerAverage); }},
      PowerRow{
          "instant power", "of the moment; some boards sample a quarter of the time",
          [](const Gpu& gpu) { return power_field_milliwatts(gpu, nvml::kFieldPowerInstant); }},
      PowerRow{"power", "of the moment before Ampere, average over a second since",
               power_milliwatts}};
  return rows;
}

Reading watts(const NvmlValue& milliwatts, double seconds) {
  if (!milliwatts.value) return {seconds, std::nullopt, milliwatts.why_not};
  const double value = *milliwatts.value * 1e-3;
  if (value > kMostWatts) return {seconds, std::nullopt, "more watts than any board draws"};
  return {seconds, value, {}};
}

std::string part_of(const Gpu& gpu) { return "gpu " + gpu.bus_id; }

Sensor sensor_of(const Gpu& gpu, const std::string& what, SensorKind kind) {
  return {.name = "nvml " + gpu.bus_id + " " + what,
          .part = part_of(gpu),
          .coverage = Coverage::kGpu,
          .kind = kind,
          .gain_error = kBoardGainError};
}

void add_missing(SensorSearch& search, const Gpu& gpu, const std::string& what,
                 const std::string& why_not) {
  search.missing.push_back({.name = "nvml " + gpu.bus_id + " " + what,
                            .part = part_of(gpu),
                            .coverage = Coverage::kGpu,
                            .reason = why_not,
                            .remedy = ""});
}

void add_counter(SensorSearch& search, const Gpu& gpu, const Clock& clock) {
  const NvmlValue first = total_millijoules(gpu);
  if (!first.value) return add_missing(search, gpu, "energy", first.why_not);
  auto total = std::make_shared<RunningTotal>(CounterLimits{.most_watts = kMostWatts});
  Sensor sensor = sensor_of(gpu, "energy", SensorKind::kEnergyCounter);
  sensor.read = [total, gpu, now = clock.now]() -> Reading {
    const NvmlValue value = total_millijoules(gpu);
    const double seconds = now();
    if (!value.value) return {seconds, std::nullopt, value.why_not};
    return total->add(*value.value * 1e-3, seconds);
  };
  search.found.push_back(std::move(sensor));
}

// The two fields, and the older call only where they are not there.
void add_power(SensorSearch& search, const Gpu& gpu, const Clock& clock) {
  std::string why_not;
  bool found = false;
  for (const PowerRow& row : power_rows()) {
    if (found && &row == &power_rows().back()) break;
    const NvmlValue first = row.read(gpu);
    if (!first.value) {
      why_not = first.why_not;
      continue;
    }
    found = true;
    Sensor sensor = sensor_of(gpu, row.name, SensorKind::kPower);
    sensor.remark = row.remark;
    sensor.read = [gpu, read = row.read, now = clock.now]() -> Reading {
      const NvmlValue value = read(gpu);
      return watts(value, now());
    };
    search.found.push_back(std::move(sensor));
  }
  if (!found) add_missing(search, gpu, "power", why_not);
}

}  // namespace

SensorSearch find_nvml(const SensorEnvironment& environment) {
  SensorSearch search;
  const NvmlOpened opened = open_nvml(environment.nvml_library);
  if (!opened.library) {
    search.missing.push_back({.name = "nvml",
                              .coverage = Coverage::kGpu,
                              .reason = opened.why_not,
                              .remedy = opened.remedy});
    return search;
  }
  std::vector<std::string> faults;
  for (const Gpu& gpu : list_gpus(opened.library, faults)) {
    if (state_of(gpu).mig.value_or(false)) {
      add_missing(search, gpu, "energy",
                  "the GPU is divided into instances (MIG), and its meter sees all of them");
      continue;
    }
    add_counter(search, gpu, environment.clock);
    add_power(search, gpu, environment.clock);
  }
  for (const std::string& fault : faults) {
    search.missing.push_back({.name = "nvml",
                              .part = "gpu, unknown",
                              .coverage = Coverage::kGpu,
                              .reason = fault,
                              .remedy = "see whether nvidia-smi shows it"});
  }
  if (search.found.empty() && search.missing.empty()) {
    search.missing.push_back(
        {.name = "nvml", .coverage = Coverage::kGpu, .reason = "the driver shows no GPU"});
  }
  return search;
}

}  // namespace gcompress::measure
