// A GPU without room, which is only pretended.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gcompress/core/engine/cuda/gpu_executor.h"
#include "gcompress/core/networks/networks.h"
#include "tests/cuda_on_cpu/runtime.h"
#include "tests/support/scratch.h"

namespace gcompress::engine::gpu {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::thrown_by;

TEST(CudaMemory, TooLittleIsAnErrorWithTheBytesNeeded) {
  const graph::Network network = networks::by_name("lenet-300-100", {1, 28, 28}, 10, 1);
  const GpuOptions options{.cublas = "/nowhere/libcublas.so"};
  constexpr std::size_t kNotEnough = 200'000;  // the first layer's weights alone are 1.2 MB
  cuda_on_cpu::set_room(kNotEnough);
  const std::string refusal = thrown_by([&] { make_gpu_executor(network, 0, options); });
  cuda_on_cpu::set_room(std::size_t{1} << 30);
  EXPECT_THAT(refusal, AllOf(HasSubstr("no room for"), HasSubstr("the network takes"),
                             HasSubstr("use a smaller batch")));
  const Tensor image =
      Tensor::from<float>({1, 1, 28, 28}, std::vector<float>(std::size_t{28} * 28));
  EXPECT_EQ(make_gpu_executor(network, 0, options)->run({{"image", image}}).size(), 1U);
}

}  // namespace
}  // namespace gcompress::engine::gpu
