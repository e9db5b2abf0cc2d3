// NVIDIA GPUs by their management library (NVML), opened at run time: which there are, and the
// state that decides whether a measurement counts.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "gcompress/measure/energy/nvml_api.h"

namespace gcompress::measure {

// An open library; it closes with its last owner. Thread-safe, as NVML is.
class NvmlLibrary;

struct NvmlOpened {
  std::shared_ptr<const NvmlLibrary> library;  // null if it cannot be used
  std::string why_not;
  std::string remedy;
};
// `path` is a file, or a name that the loader finds ("libnvidia-ml.so.1").
NvmlOpened open_nvml(const std::string& path);

struct NvidiaDriver {
  std::string version;  // "550.54.15"; empty: not said
  std::string cuda;     // "12.4", the newest that this driver runs; empty: not said
};
NvidiaDriver nvidia_driver(const NvmlLibrary& library);

struct Gpu {
  std::shared_ptr<const NvmlLibrary> library;
  nvml::Device device = nullptr;
  std::string name;    // "NVIDIA H100 80GB HBM3"
  std::string uuid;    // empty: not said
  std::string bus_id;  // "0000:3b:00.0", as normal_bus_id
};

// All that NVML shows, by its own numbers, which need not be CUDA's. `faults` gets a sentence for
// each that is there and cannot be opened.
std::vector<Gpu> list_gpus(const std::shared_ptr<const NvmlLibrary>& library,
                           std::vector<std::string>& faults);

// The GPU at a PCI bus id, as cudaDeviceGetPCIBusId spells it; nullopt if there is none.
std::optional<Gpu> gpu_at(const std::shared_ptr<const NvmlLibrary>& library,
                          const std::string& pci_bus_id);

// "00000000:3B:00.0" and "3b:00.0" as "0000:3b:00.0".
std::string normal_bus_id(const std::string& pci_bus_id);

// A moment of a GPU. nullopt: the driver does not say.
struct GpuState {
  std::optional<double> graphics_megahertz;
  std::optional<double> sm_megahertz;
  std::optional<double> memory_megahertz;
  std::optional<double> temperature_celsius;
  std::optional<double> power_limit_watts;
  std::optional<std::uint64_t> throttle_bits;
  std::optional<std::vector<unsigned>> processes;  // ids of all that use it, sorted
  std::optional<bool> mig;  // divided into instances: its meter sees them all
};
GpuState state_of(const Gpu& gpu);

// The reasons in words, those that do not slow anything down (idle, a clock that the user set) left
// out.
std::vector<std::string> slowed_by(const GpuState& state);

// The processes that are neither ours nor were there before, as far as the driver shows them.
// Inside a container NVML gives the ids of the host, by which our own looks foreign: take `known`
// from a state just after our own work began.
std::vector<unsigned> foreign_processes(const GpuState& state, std::span<const unsigned> known);

// For sensors: a value in the unit of the driver, or why there is none.
struct NvmlValue {
  std::optional<double> value;
  std::string why_not;
};
NvmlValue total_millijoules(const Gpu& gpu);
NvmlValue power_milliwatts(const Gpu& gpu);                        // as the driver averages it
NvmlValue power_field_milliwatts(const Gpu& gpu, unsigned field);  // nvml::kFieldPowerInstant, ...

}  // namespace gcompress::measure
