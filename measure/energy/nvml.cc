// GPUs and their state, asked of NVML.
#include "gcompress/measure/energy/nvml.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>

#include "gcompress/measure/energy/nvml_library.h"

namespace gcompress::measure {
namespace {

using nvml::Device;
using nvml::Status;

constexpr unsigned kMostGpus = 1024;  // more is a library that talks nonsense

// Text of the library; "" if it gives none.
template <typename Function, typename... Arguments>
std::string text_by(Function function, Arguments... arguments) {
  std::array<char, nvml::kTextLength> text{};
  if (function == nullptr) return {};
  if (function(arguments..., text.data(), nvml::kTextLength) != nvml::kSuccess) return {};
  text.back() = 0;
  return text.data();
}

// A number that the library gives; nullopt if it gives none.
template <typename Number>
std::optional<Number> number_by(Status (*function)(Device, Number*), Device device) {
  Number value = 0;
  if (function == nullptr || function(device, &value) != nvml::kSuccess) return std::nullopt;
  return value;
}

std::optional<unsigned> number_by(Status (*function)(Device, unsigned, unsigned*), Device device,
                                  unsigned which) {
  unsigned value = 0;
  if (function == nullptr || function(device, which, &value) != nvml::kSuccess) return std::nullopt;
  return value;
}

std::optional<double> as_double(std::optional<unsigned> value, double scale = 1) {
  if (!value) return std::nullopt;
  return *value * scale;
}

Gpu describe(const std::shared_ptr<const NvmlLibrary>& library, Device device) {
  Gpu gpu{.library = library, .device = device};
  const nvml::Functions& call = library->call;
  gpu.name = text_by(call.name, device);
  gpu.uuid = text_by(call.uuid, device);
  nvml::PciInfo pci{};
  if (call.pci_info != nullptr && call.pci_info(device, &pci) == nvml::kSuccess) {
    gpu.bus_id = fmt::format("{:04x}:{:02x}:{:02x}.0", pci.domain, pci.bus, pci.device);
  }
  return gpu;
}

// Adds the ids of a list of processes; false if the driver does not give it.
bool add_processes(Status (*function)(Device, unsigned*, nvml::ProcessInfo*), Device device,
                   std::vector<unsigned>& ids) {
  if (function == nullptr) return false;
  std::vector<nvml::ProcessInfo> processes(64);
  for (int attempt = 0; attempt < 4; ++attempt) {
    auto count = static_cast<unsigned>(processes.size());
    const Status status = function(device, &count, processes.data());
    if (status == nvml::kSuccess) {
      processes.resize(std::min<std::size_t>(count, processes.size()));
      for (const nvml::ProcessInfo& process : processes) ids.push_back(process.pid);
      return true;
    }
    if (status != nvml::kInsufficientSize || count > 1'000'000) return false;
    processes.resize(count + 64);  // some may start meanwhile
  }
  return false;
}

std::optional<double> number_in(const nvml::FieldValue& field) {
  switch (field.type) {
    case nvml::ValueType::kDouble:
      return field.value.as_double;
    case nvml::ValueType::kUnsignedInt:
      return field.value.as_unsigned_int;
    case nvml::ValueType::kUnsignedLong:
      return static_cast<double>(field.value.as_unsigned_long);
    case nvml::ValueType::kUnsignedLongLong:
      return static_cast<double>(field.value.as_unsigned_long_long);
    case nvml::ValueType::kSignedLongLong:
      return static_cast<double>(field.value.as_signed_long_long);
    case nvml::ValueType::kSignedInt:
      return field.value.as_signed_int;
    case nvml::ValueType::kUnsignedShort:
      return field.value.as_unsigned_short;
  }
  return std::nullopt;
}

NvmlValue without(const Gpu& gpu, const char* function, Status status) {
  return {std::nullopt, fmt::format("{}: {}", function, gpu.library->text_of(status))};
}

}  // namespace

NvidiaDriver nvidia_driver(const NvmlLibrary& library) {
  NvidiaDriver driver{.version = text_by(library.call.driver_version), .cuda = {}};
  int version = 0;
  if (library.call.cuda_driver_version != nullptr &&
      library.call.cuda_driver_version(&version) == nvml::kSuccess) {
    driver.cuda = fmt::format("{}.{}", version / 1000, version % 1000 / 10);
  }
  return driver;
}

std::vector<Gpu> list_gpus(const std::shared_ptr<const NvmlLibrary>& library,
                           std::vector<std::string>& faults) {
  std::vector<Gpu> gpus;
  unsigned count = 0;
  const Status status = library->call.device_count(&count);
  if (status != nvml::kSuccess) faults.push_back("counting GPUs: " + library->text_of(status));
  for (unsigned i = 0; i < std::min(count, kMostGpus); ++i) {
    Device device = nullptr;
    const Status opened = library->call.device_by_index(i, &device);
    if (opened == nvml::kSuccess) {
      gpus.push_back(describe(library, device));
      if (gpus.back().bus_id.empty()) gpus.back().bus_id = "number " + std::to_string(i);
    } else {
      faults.push_back(fmt::format("GPU {}: {}", i, library->text_of(opened)));
    }
  }
  return gpus;
}

std::optional<Gpu> gpu_at(const std::shared_ptr<const NvmlLibrary>& library,
                          const std::string& pci_bus_id) {
  Device device = nullptr;
  if (library->call.device_by_bus_id == nullptr ||
      library->call.device_by_bus_id(pci_bus_id.c_str(), &device) != nvml::kSuccess) {
    return std::nullopt;
  }
  Gpu gpu = describe(library, device);
  if (gpu.bus_id.empty()) gpu.bus_id = normal_bus_id(pci_bus_id);
  return gpu;
}

std::string normal_bus_id(const std::string& pci_bus_id) {
  std::string id = pci_bus_id;
  std::ranges::transform(id, id.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (std::ranges::count(id, ':') == 1) id.insert(0, "0000:");
  const std::size_t domain = id.find(':');
  if (domain != std::string::npos && domain > 4 && id.starts_with(std::string(domain - 4, '0'))) {
    id.erase(0, domain - 4);
  }
  return id;
}

GpuState state_of(const Gpu& gpu) {
  const nvml::Functions& call = gpu.library->call;
  const Device device = gpu.device;
  GpuState state;
  state.graphics_megahertz = as_double(number_by(call.clock, device, nvml::kClockGraphics));
  state.sm_megahertz = as_double(number_by(call.clock, device, nvml::kClockSm));
  state.memory_megahertz = as_double(number_by(call.clock, device, nvml::kClockMemory));
  state.temperature_celsius =
      as_double(number_by(call.temperature, device, nvml::kTemperatureOfGpu));
  state.power_limit_watts = as_double(number_by(call.power_limit, device), 1e-3);
  state.throttle_bits = number_by(call.throttle_reasons, device);
  std::vector<unsigned> ids;
  const bool compute = add_processes(call.compute_processes, device, ids);
  const bool graphics = add_processes(call.graphics_processes, device, ids);
  if (compute || graphics) {
    std::ranges::sort(ids);
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    state.processes = ids;
  }
  unsigned current = 0;
  unsigned pending = 0;
  if (call.mig_mode != nullptr) {
    const Status status = call.mig_mode(device, &current, &pending);
    if (status == nvml::kSuccess) state.mig = current != 0;
    if (status == nvml::kNotSupported) state.mig = false;  // a board that cannot be divided
  }
  return state;
}

std::vector<std::string> slowed_by(const GpuState& state) {
  struct Reason {
    std::uint64_t bit;
    const char* text;
  };
  constexpr std::array<Reason, 6> kReasons = {Reason{0x04, "power cap"},
                                              Reason{0x08, "hardware slowdown"},
                                              Reason{0x10, "sync boost"},
                                              Reason{0x20, "software thermal slowdown"},
                                              Reason{0x40, "hardware thermal slowdown"},
                                              Reason{0x80, "power brake"}};
  std::vector<std::string> reasons;
  for (const Reason& reason : kReasons) {
    if ((state.throttle_bits.value_or(0) & reason.bit) != 0) reasons.emplace_back(reason.text);
  }
  return reasons;
}

std::vector<unsigned> foreign_processes(const GpuState& state, std::span<const unsigned> known) {
  std::vector<unsigned> foreign;
  for (const unsigned id : state.processes.value_or(std::vector<unsigned>())) {
    if (std::ranges::find(known, id) == known.end()) foreign.push_back(id);
  }
  return foreign;
}

NvmlValue total_millijoules(const Gpu& gpu) {
  unsigned long long millijoules = 0;
  if (gpu.library->call.total_energy == nullptr) return {std::nullopt, "the driver is too old"};
  const Status status = gpu.library->call.total_energy(gpu.device, &millijoules);
  if (status != nvml::kSuccess) return without(gpu, "energy counter", status);
  return {static_cast<double>(millijoules), {}};
}

NvmlValue power_milliwatts(const Gpu& gpu) {
  unsigned milliwatts = 0;
  if (gpu.library->call.power_usage == nullptr) return {std::nullopt, "the driver is too old"};
  const Status status = gpu.library->call.power_usage(gpu.device, &milliwatts);
  if (status != nvml::kSuccess) return without(gpu, "power", status);
  return {static_cast<double>(milliwatts), {}};
}

NvmlValue power_field_milliwatts(const Gpu& gpu, unsigned field) {
  if (gpu.library->call.field_values == nullptr) return {std::nullopt, "the driver is too old"};
  nvml::FieldValue value{};
  value.field = field;
  const Status status = gpu.library->call.field_values(gpu.device, 1, &value);
  const Status fault = status != nvml::kSuccess ? status : value.status;
  if (fault != nvml::kSuccess) return without(gpu, "power field", fault);
  const auto number = number_in(value);
  if (!number || !std::isfinite(*number) || *number < 0) {
    return {std::nullopt, "power field: not a number of milliwatts"};
  }
  return {number, {}};
}

}  // namespace gcompress::measure
