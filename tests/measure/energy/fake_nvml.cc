// A stand-in for NVIDIA's management library, built as a shared library of its own. What it does is
// chosen by environment variables, so that one file serves all tests:
//   FAKE_NVML            "" staircase | not-supported | no-permission | reset | stale | mismatch |
//                        no-init | mig | lost | old (no fields, no counter)
//   FAKE_NVML_GPUS       how many GPUs [1]
//   FAKE_NVML_SECONDS    the time by which counters go, a number
//   FAKE_NVML_FOREIGN    the id of a process that also uses the GPU
// A GPU draws 300 W (GPU 1: 100 W); its counter moves every 0.1 s.
#include <unistd.h>

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

#include "gcompress/measure/energy/nvml_api.h"

namespace {

using namespace gcompress::measure::nvml;

std::string setting(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

bool behaves(const char* name) { return setting("FAKE_NVML") == name; }

double now() { return std::atof(setting("FAKE_NVML_SECONDS").c_str()); }

unsigned gpus() {
  const std::string text = setting("FAKE_NVML_GPUS");
  return text.empty() ? 1 : static_cast<unsigned>(std::atoi(text.c_str()));
}

// A handle is the GPU's number and 1.
unsigned number_of(Device device) {
  return static_cast<unsigned>(reinterpret_cast<std::uintptr_t>(device)) - 1;
}
Device handle_of(unsigned number) {
  return reinterpret_cast<Device>(static_cast<std::uintptr_t>(number) + 1);
}

double watts_of(Device device) { return number_of(device) == 0 ? 300 : 100; }

Status fault() {
  if (behaves("not-supported") || behaves("old")) return kNotSupported;
  if (behaves("no-permission")) return kNoPermission;
  if (behaves("lost") && now() > 5) return 15;
  return kSuccess;
}

Status write_text(char* to, unsigned length, const std::string& text) {
  if (text.size() + 1 > length) return kInsufficientSize;
  std::memcpy(to, text.c_str(), text.size() + 1);
  return kSuccess;
}

std::string bus_id_of(unsigned number) { return number == 0 ? "3B" : "AF"; }

}  // namespace

extern "C" {

Status nvmlInit_v2() { return behaves("no-init") ? 9 : kSuccess; }
Status nvmlShutdown() { return kSuccess; }

const char* nvmlErrorString(Status status) {
  switch (status) {
    case kNotSupported:
      return "Not Supported";
    case kNoPermission:
      return "Insufficient Permissions";
    case 9:
      return "Driver Not Loaded";
    case 15:
      return "GPU is lost";
    default:
      return "Unknown Error";
  }
}

Status nvmlSystemGetDriverVersion(char* text, unsigned length) {
  return write_text(text, length, "550.54.15");
}

Status nvmlSystemGetCudaDriverVersion_v2(int* version) {
  *version = 12040;
  return kSuccess;
}

Status nvmlDeviceGetCount_v2(unsigned* count) {
  *count = gpus();
  return kSuccess;
}

Status nvmlDeviceGetHandleByIndex_v2(unsigned index, Device* device) {
  if (index >= gpus()) return 2;
  *device = handle_of(index);
  return kSuccess;
}

Status nvmlDeviceGetHandleByPciBusId_v2(const char* bus_id, Device* device) {
  for (unsigned i = 0; i < gpus(); ++i) {
    const std::string wanted = bus_id;
    if (wanted == "0000:" + bus_id_of(i) + ":00.0") {
      *device = handle_of(i);
      return kSuccess;
    }
  }
  return 6;
}

Status nvmlDeviceGetName(Device device, char* text, unsigned length) {
  return write_text(text, length, "Fake GPU " + std::to_string(number_of(device)));
}

Status nvmlDeviceGetUUID(Device device, char* text, unsigned length) {
  return write_text(text, length, "GPU-" + std::to_string(number_of(device)));
}

Status nvmlDeviceGetPciInfo_v3(Device device, PciInfo* info) {
  *info = {};
  info->bus = number_of(device) == 0 ? 0x3b : 0xaf;
  return kSuccess;
}

Status nvmlDeviceGetTotalEnergyConsumption(Device device, unsigned long long* millijoules) {
  if (fault() != kSuccess) return fault();
  double seconds = now() + 1e6;
  if (behaves("reset") && now() > 5) seconds = now() - 5;
  // The counter moves in steps; a stale one only every 30 s.
  const double step = behaves("stale") ? 30 : 0.1;
  double watts = watts_of(device);
  if (behaves("mismatch")) watts *= 0.57;
  const double joules = std::floor(seconds / step + 1e-6) * step * watts;
  *millijoules = static_cast<unsigned long long>(joules * 1000 + 0.5);
  return kSuccess;
}

Status nvmlDeviceGetPowerUsage(Device device, unsigned* milliwatts) {
  if (fault() != kSuccess && !behaves("old")) return fault();
  *milliwatts = static_cast<unsigned>(watts_of(device) * 1000);
  return kSuccess;
}

Status nvmlDeviceGetFieldValues(Device device, int count, FieldValue* values) {
  for (int i = 0; i < count; ++i) {
    values[i].status = fault();
    values[i].type = ValueType::kUnsignedInt;
    values[i].value.as_unsigned_int = static_cast<unsigned>(watts_of(device) * 1000);
    if (values[i].field != kFieldPowerAverage && values[i].field != kFieldPowerInstant) {
      values[i].status = 2;
    }
  }
  return kSuccess;
}

Status nvmlDeviceGetClockInfo(Device, unsigned which, unsigned* megahertz) {
  *megahertz = which == kClockMemory ? 2619 : 1980;
  return kSuccess;
}

Status nvmlDeviceGetTemperature(Device, unsigned, unsigned* celsius) {
  *celsius = 61;
  return kSuccess;
}

Status nvmlDeviceGetEnforcedPowerLimit(Device, unsigned* milliwatts) {
  *milliwatts = 700'000;
  return kSuccess;
}

Status nvmlDeviceGetCurrentClocksThrottleReasons(Device, unsigned long long* bits) {
  *bits = behaves("throttled") ? 0x44 : 0x1;
  return kSuccess;
}

Status nvmlDeviceGetComputeRunningProcesses_v2(Device, unsigned* count, ProcessInfo* processes) {
  const std::string foreign = setting("FAKE_NVML_FOREIGN");
  const unsigned needed = foreign.empty() ? 1 : 2;
  if (*count < needed) {
    *count = needed;
    return kInsufficientSize;
  }
  *count = needed;
  processes[0].pid = static_cast<unsigned>(getpid());
  if (needed > 1) processes[1].pid = static_cast<unsigned>(std::atoi(foreign.c_str()));
  return kSuccess;
}

Status nvmlDeviceGetMigMode(Device, unsigned* current, unsigned* pending) {
  *current = *pending = behaves("mig") ? 1 : 0;
  return kSuccess;
}

}  // extern "C"
