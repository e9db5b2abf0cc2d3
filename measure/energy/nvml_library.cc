// Opening NVML: dlopen, symbols, initialisation.
#include "gcompress/measure/energy/nvml_library.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <initializer_list>

namespace gcompress::measure {
namespace {

constexpr const char* kNoDriver =
    "install NVIDIA's driver where there is such a GPU; in a container, start it with the GPU "
    "(docker run --gpus all)";

// The first of the names that the library has; null if none.
template <typename Function>
void resolve(void* handle, Function& function, std::initializer_list<const char*> names) {
  function = nullptr;
  for (const char* name : names) {
    if (function == nullptr) function = reinterpret_cast<Function>(dlsym(handle, name));
  }
}

// Newer versions of a function before older ones of the same signature.
nvml::Functions resolve_all(void* handle) {
  nvml::Functions call{};
  resolve(handle, call.init, {"nvmlInit_v2", "nvmlInit"});
  resolve(handle, call.shutdown, {"nvmlShutdown"});
  resolve(handle, call.device_count, {"nvmlDeviceGetCount_v2", "nvmlDeviceGetCount"});
  resolve(handle, call.device_by_index,
          {"nvmlDeviceGetHandleByIndex_v2", "nvmlDeviceGetHandleByIndex"});
  resolve(handle, call.device_by_bus_id,
          {"nvmlDeviceGetHandleByPciBusId_v2", "nvmlDeviceGetHandleByPciBusId"});
  resolve(handle, call.error_string, {"nvmlErrorString"});
  resolve(handle, call.driver_version, {"nvmlSystemGetDriverVersion"});
  resolve(handle, call.cuda_driver_version,
          {"nvmlSystemGetCudaDriverVersion_v2", "nvmlSystemGetCudaDriverVersion"});
  resolve(handle, call.name, {"nvmlDeviceGetName"});
  resolve(handle, call.uuid, {"nvmlDeviceGetUUID"});
  resolve(handle, call.pci_info, {"nvmlDeviceGetPciInfo_v3"});
  resolve(handle, call.total_energy, {"nvmlDeviceGetTotalEnergyConsumption"});
  resolve(handle, call.power_usage, {"nvmlDeviceGetPowerUsage"});
  resolve(handle, call.field_values, {"nvmlDeviceGetFieldValues"});
  resolve(handle, call.clock, {"nvmlDeviceGetClockInfo"});
  resolve(handle, call.temperature, {"nvmlDeviceGetTemperature"});
  resolve(handle, call.power_limit, {"nvmlDeviceGetEnforcedPowerLimit"});
  resolve(handle, call.throttle_reasons,
          {"nvmlDeviceGetCurrentClocksEventReasons", "nvmlDeviceGetCurrentClocksThrottleReasons"});
  resolve(handle, call.compute_processes,
          {"nvmlDeviceGetComputeRunningProcesses_v2", "nvmlDeviceGetComputeRunningProcesses_v3"});
  resolve(handle, call.graphics_processes,
          {"nvmlDeviceGetGraphicsRunningProcesses_v2", "nvmlDeviceGetGraphicsRunningProcesses_v3"});
  resolve(handle, call.mig_mode, {"nvmlDeviceGetMigMode"});
  return call;
}

}  // namespace

NvmlLibrary::~NvmlLibrary() {
  call.shutdown();
  dlclose(handle_);
}

std::string NvmlLibrary::text_of(nvml::Status status) const {
  const char* text = call.error_string == nullptr ? nullptr : call.error_string(status);
  return text == nullptr ? fmt::format("NVML error {}", status) : text;
}

NvmlOpened open_nvml(const std::string& path) {
  void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* reason = dlerror();
    return {nullptr, reason == nullptr ? path + " cannot be opened" : reason, kNoDriver};
  }
  const nvml::Functions call = resolve_all(handle);
  if (!call.init || !call.shutdown || !call.device_count || !call.device_by_index) {
    dlclose(handle);
    return {nullptr, path + " lacks the functions of NVML", kNoDriver};
  }
  const nvml::Status status = call.init();
  if (status != nvml::kSuccess) {
    const char* text = call.error_string == nullptr ? nullptr : call.error_string(status);
    const std::string reason =
        fmt::format("nvmlInit: {}", text == nullptr ? std::to_string(status) : text);
    dlclose(handle);
    return {nullptr, reason,
            status == nvml::kNoPermission ? "run as a user who may open /dev/nvidia*"
                                          : "see whether nvidia-smi works"};
  }
  return {std::make_shared<const NvmlLibrary>(handle, call), {}, {}};
}

}  // namespace gcompress::measure
