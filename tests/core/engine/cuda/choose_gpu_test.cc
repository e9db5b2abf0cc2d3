// What --device may say, and which GPU it means.
#include "gcompress/core/engine/cuda/choose_gpu.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gcompress/core/engine/cuda/device_text.h"
#include "tests/support/scratch.h"

namespace gcompress::engine::gpu {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::thrown_by;

cuda::Devices two_devices() {
  cuda::Devices devices;
  devices.found = {{.name = "Old", .pci = "0000:17:00.0", .capability = 75},
                   {.name = "New", .pci = "0000:65:00.0", .capability = 90}};
  return devices;
}

cuda::Devices none() { return {.found = {}, .why_none = "no CUDA-capable device is detected"}; }

TEST(ChooseGpu, TheCpuNeedsNone) {
  for (const char* device : {"", "cpu"}) {
    EXPECT_FALSE(choose_among(device, two_devices()).device.has_value());
  }
}

TEST(ChooseGpu, ByIndexAndByPciId) {
  EXPECT_EQ(choose_among("cuda:1", two_devices()).device, 1);
  for (const char* device : {"cuda:0000:65:00.0", "cuda:65:00.0", "cuda:65:00"}) {
    EXPECT_EQ(choose_among(device, two_devices()).device, 1) << device;
  }
  EXPECT_THAT(thrown_by([] { choose_among("cuda:2", two_devices()); }),
              AllOf(HasSubstr("no device 'cuda:2'"), HasSubstr("cuda:1 (New, 0000:65:00.0)")));
  EXPECT_THAT(thrown_by([] { choose_among("cuda:66:00", two_devices()); }), HasSubstr("cuda:0"));
}

TEST(ChooseGpu, ADeviceThatIsTooOldIsRefused) {
  EXPECT_THAT(thrown_by([] { choose_among("cuda", two_devices()); }),
              HasSubstr("Old has compute capability 7.5, and the kernels need 8.0"));
  const GpuChoice choice = choose_among("auto", two_devices());
  EXPECT_FALSE(choice.device.has_value());
  EXPECT_THAT(choice.remark, HasSubstr("the CPU is used"));
}

TEST(ChooseGpu, WithoutAnyAutoStaysOnTheCpuAndSaysSo) {
  const GpuChoice choice = choose_among("auto", none());
  EXPECT_FALSE(choice.device.has_value());
  EXPECT_THAT(choice.remark, HasSubstr("no CUDA-capable device is detected"));
  EXPECT_THAT(thrown_by([] { choose_among("cuda", none()); }),
              AllOf(HasSubstr("there is no GPU"), HasSubstr("--device cpu or auto")));
}

TEST(ChooseGpu, WhatIsNoDeviceIsRefused) {
  for (const char* device : {"gpu", "cuda:", "cuda:x", "cuda:1:2:3:4", "cuda:12345", "cuda:-1",
                             "cuda:65:00.", "CUDA", "cuda:6 5:00"}) {
    EXPECT_THAT(thrown_by([&] { parse_device(device); }), HasSubstr("is no device")) << device;
  }
}

}  // namespace
}  // namespace gcompress::engine::gpu
