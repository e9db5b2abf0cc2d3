#include "gcompress/core/engine/cuda/choose_gpu.h"

#include <fmt/format.h>

#include "gcompress/core/base/error.h"
#include "gcompress/core/engine/cuda/device_text.h"

namespace gcompress::engine {
namespace gpu {
namespace {

constexpr int kLeastCapability = 80;  // what the kernels' machine code is made for

std::string listed(const cuda::Devices& devices) {
  std::string text;
  for (std::size_t i = 0; i < devices.found.size(); ++i) {
    text += fmt::format("{}cuda:{} ({}, {})", i == 0 ? "" : ", ", i, devices.found[i].name,
                        devices.found[i].pci);
  }
  return text;
}

// The index, or -1.
int find(const DeviceText& wanted, const cuda::Devices& devices) {
  const auto count = static_cast<int>(devices.found.size());
  if (wanted.kind != DeviceText::Kind::kPci) return wanted.index < count ? wanted.index : -1;
  for (int i = 0; i < count; ++i) {
    if (devices.found[static_cast<std::size_t>(i)].pci == wanted.pci) return i;
  }
  return -1;
}

}  // namespace

GpuChoice choose_among(const std::string& device, const cuda::Devices& devices) {
  const DeviceText wanted = parse_device(device);
  if (wanted.kind == DeviceText::Kind::kCpu) return {};
  const bool may_stay = wanted.kind == DeviceText::Kind::kAuto;
  if (devices.found.empty()) {
    const std::string why = "there is no GPU for CUDA here (" + devices.why_none + ")";
    if (may_stay) return {.device = std::nullopt, .remark = why + ": the CPU is used."};
    throw_usage("the device '" + device + "' was asked for, but " + why,
                "use --device cpu or auto");
  }
  const int index = find(wanted, devices);
  if (index < 0) {
    throw_usage("there is no device '" + device + "'", "choose one of " + listed(devices));
  }
  const cuda::DeviceFacts& found = devices.found[static_cast<std::size_t>(index)];
  if (found.capability < kLeastCapability) {
    const std::string why = fmt::format(
        "{} has compute capability {}.{}, and the kernels need {}.{}", found.name,
        found.capability / 10, found.capability % 10, kLeastCapability / 10, kLeastCapability % 10);
    if (may_stay) return {.device = std::nullopt, .remark = why + ": the CPU is used."};
    throw_usage(why, "use --device cpu or auto");
  }
  return {.device = index, .remark = {}};
}

}  // namespace gpu

GpuChoice choose_gpu(const std::string& device) {
  // The driver is not woken for the CPU.
  if (gpu::parse_device(device).kind == gpu::DeviceText::Kind::kCpu) return {};
  return gpu::choose_among(device, cuda::list_devices());
}

}  // namespace gcompress::engine
