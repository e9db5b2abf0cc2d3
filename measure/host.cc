// The machine, by /proc/cpuinfo and uname.
#include "gcompress/measure/host.h"

#include <sched.h>
#include <sys/utsname.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>

#include "gcompress/measure/energy/nvml.h"
#include "gcompress/measure/machine.h"

namespace gcompress::measure {
namespace {

constexpr std::array<const char*, 10> kInstructionSets = {
    "sse4_2",      "avx",         "avx2",     "fma",      "avx512f",
    "avx512_vnni", "avx512_bf16", "avx_vnni", "amx_int8", "asimd"};

std::string value_of(const std::string& line) {
  const std::size_t colon = line.find(": ");
  return colon == std::string::npos ? std::string() : line.substr(colon + 2);
}

std::vector<std::string> known_sets(const std::string& flags) {
  std::istringstream words(flags);
  std::vector<std::string> present;
  for (std::string word; words >> word;) present.push_back(word);
  std::vector<std::string> known;
  for (const char* name : kInstructionSets) {
    if (std::ranges::find(present, name) != present.end()) known.emplace_back(name);
  }
  return known;
}

}  // namespace

Host this_host() {
  Host host;
  host.processor = "unknown";
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line) && !line.empty();) {
    if (line.starts_with("model name")) host.processor = value_of(line);
    if (line.starts_with("flags") || line.starts_with("Features")) {
      host.instruction_sets = known_sets(value_of(line));
    }
  }
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (sched_getaffinity(0, sizeof(allowed), &allowed) == 0) host.cores = CPU_COUNT(&allowed);
  utsname system{};
  if (uname(&system) == 0) {
    host.system = std::string(system.sysname) + " " + system.release + " " + system.machine;
  }
  const Machine machine = describe_machine();
  host.governor = machine.governor;
  host.is_virtual = machine.is_virtual;
  return host;
}

bool processor_has_any(std::initializer_list<const char*> instruction_sets) {
  const std::vector<std::string> present = this_host().instruction_sets;
  return std::ranges::any_of(instruction_sets, [&present](const char* wanted) {
    return std::ranges::find(present, wanted) != present.end();
  });
}

std::vector<HostGpu> record_gpus(const std::string& nvml_library) {
  std::vector<HostGpu> records;
  const NvmlOpened opened = open_nvml(nvml_library);
  if (!opened.library) return records;
  std::vector<std::string> faults;
  for (const Gpu& gpu : list_gpus(opened.library, faults)) {
    const GpuState state = state_of(gpu);
    HostGpu record;
    record.name = gpu.name;
    record.bus_id = gpu.bus_id;
    record.driver = nvidia_driver(*opened.library).version;
    record.power_limit_watts = state.power_limit_watts;
    record.sm_megahertz = state.sm_megahertz;
    record.memory_megahertz = state.memory_megahertz;
    record.temperature_celsius = state.temperature_celsius;
    record.slowed_by = slowed_by(state);
    records.push_back(std::move(record));
  }
  return records;
}

}  // namespace gcompress::measure
