// The machine that figures come from.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

namespace gcompress::measure {

// A GPU as a record of a measurement: what it is and how it was limited.
struct HostGpu {
  std::string name;
  std::string bus_id;
  std::string driver;
  std::optional<double> power_limit_watts;
  std::optional<double> sm_megahertz;  // when the record was made, as the rest
  std::optional<double> memory_megahertz;
  std::optional<double> temperature_celsius;
  std::vector<std::string> slowed_by;
};

struct Host {
  std::string processor;                      // "AMD EPYC 9R14"; "unknown" if the system is silent
  std::vector<std::string> instruction_sets;  // those that matter here: avx2, avx512f, ...
  int cores = 0;                              // that this process may use
  std::string system;                         // "Linux 6.1.0 x86_64"
  std::string governor;                       // of the clock: "performance"; empty: not said
  std::optional<bool> is_virtual;             // nullopt: the system gives no sign
  std::vector<HostGpu> gpus;                  // filled in by record_gpus
};

Host this_host();

// Whether this processor has one of these instruction sets, named as in Host.
bool processor_has_any(std::initializer_list<const char*> instruction_sets);

// The GPUs that NVIDIA's library at that path, or of that name, shows; none where it cannot be
// opened.
std::vector<HostGpu> record_gpus(const std::string& nvml_library);

}  // namespace gcompress::measure
