// The part of NVIDIA's management library (NVML) that we call: our own declarations of its binary
// interface, which its documentation fixes. The library is opened at run time, never linked.
#pragma once

#include <cstdint>

namespace gcompress::measure::nvml {

using Device = struct DeviceHandle*;  // owned by the library
using Status = int;                   // an enumeration there

constexpr Status kSuccess = 0;
constexpr Status kNotSupported = 3;
constexpr Status kNoPermission = 4;
constexpr Status kInsufficientSize = 7;

constexpr unsigned kTextLength = 96;  // names, versions and UUIDs with their final zero

constexpr unsigned kClockGraphics = 0;
constexpr unsigned kClockSm = 1;
constexpr unsigned kClockMemory = 2;
constexpr unsigned kTemperatureOfGpu = 0;

// Fields of get_field_values, in milliwatts.
constexpr unsigned kFieldPowerAverage = 185;
constexpr unsigned kFieldPowerInstant = 186;

enum class ValueType : int {
  kDouble,
  kUnsignedInt,
  kUnsignedLong,
  kUnsignedLongLong,
  kSignedLongLong,
  kSignedInt,
  kUnsignedShort
};

union Value {
  double as_double;
  int as_signed_int;
  unsigned as_unsigned_int;
  unsigned long as_unsigned_long;
  unsigned long long as_unsigned_long_long;
  long long as_signed_long_long;
  unsigned short as_unsigned_short;
};

struct FieldValue {
  unsigned field;
  unsigned scope;
  long long timestamp_microseconds;
  long long latency_microseconds;
  ValueType type;
  Status status;
  Value value;
};
static_assert(sizeof(FieldValue) == 40);

struct PciInfo {  // of nvmlDeviceGetPciInfo_v3
  char short_bus_id[16];
  unsigned domain;
  unsigned bus;
  unsigned device;
  unsigned device_id;
  unsigned subsystem_id;
  char bus_id[32];  // "00000000:3B:00.0"
};
static_assert(sizeof(PciInfo) == 68);

struct ProcessInfo {  // of the _v2 and _v3 functions
  unsigned pid;
  unsigned long long used_bytes;
  unsigned gpu_instance;
  unsigned compute_instance;
};
static_assert(sizeof(ProcessInfo) == 24);

// Null where the library lacks a function, except the first group, without which it is refused.
struct Functions {
  Status (*init)();
  Status (*shutdown)();
  Status (*device_count)(unsigned*);
  Status (*device_by_index)(unsigned, Device*);

  const char* (*error_string)(Status);
  Status (*driver_version)(char*, unsigned);
  Status (*cuda_driver_version)(int*);
  Status (*device_by_bus_id)(const char*, Device*);
  Status (*name)(Device, char*, unsigned);
  Status (*uuid)(Device, char*, unsigned);
  Status (*pci_info)(Device, PciInfo*);
  Status (*total_energy)(Device, unsigned long long* millijoules);
  Status (*power_usage)(Device, unsigned* milliwatts);
  Status (*field_values)(Device, int count, FieldValue*);
  Status (*clock)(Device, unsigned which, unsigned* megahertz);
  Status (*temperature)(Device, unsigned which, unsigned* celsius);
  Status (*power_limit)(Device, unsigned* milliwatts);
  Status (*throttle_reasons)(Device, unsigned long long* bits);
  Status (*compute_processes)(Device, unsigned* count, ProcessInfo*);
  Status (*graphics_processes)(Device, unsigned* count, ProcessInfo*);
  Status (*mig_mode)(Device, unsigned* current, unsigned* pending);
};

}  // namespace gcompress::measure::nvml
