// Whole networks on the CUDA executor, run on the CPU: pruned in one shot, packed, read again, and
// compared with the CPU engine. Blocks and threads run in an order that a seed decides.
#include <gtest/gtest.h>

#include <cmath>

#include "gcompress/core/base/random.h"
#include "gcompress/core/engine/cuda/gpu_executor.h"
#include "gcompress/core/engine/executor.h"
#include "gcompress/core/networks/networks.h"
#include "gcompress/core/onnx/onnx.h"
#include "gcompress/core/packed/packed.h"
#include "gcompress/prune/prune.h"
#include "tests/cuda_on_cpu/runtime.h"
#include "tests/support/scratch.h"

namespace gcompress::engine::gpu {
namespace {

// Both compute in float32 and differ in the order of sums: some 20 layers of up to a few hundred
// terms each lose less than 1e-5 of the largest output (networks of normal weights, seen: 1e-6).
constexpr double kShareOfLargest = 1e-5;

Tensor normal(const Shape& shape, std::uint64_t seed) {
  RandomStream random(seed, "pipeline test");
  std::vector<float> values(static_cast<std::size_t>(element_count(shape)));
  for (float& value : values) value = random.normal();
  return Tensor::from<float>(shape, std::move(values));
}

// Through a .gcz and back.
graph::Network shipped(const graph::Network& network) {
  const testing::Scratch scratch;
  packed::write(network, scratch / "model.gcz");
  return packed::read(scratch / "model.gcz");
}

graph::Network pruned(const graph::Network& network, double target) {
  const prune::PruneOptions options{.target = target};
  return prune::prune_one_shot(network, prune::make_plan(network, options), options).network;
}

// A twelfth of the work: the network ends in the mean of a plane of any size.
graph::Network small_images(graph::Network network) {
  graph::Value& input = network.graph.inputs[0];
  input = graph::make_value(input.name, DataType::kFloat32, {-1, 3, 64, 64});
  return network;
}

void expect_as_on_the_cpu(const graph::Network& network, const Shape& input,
                          const GpuOptions& options = {.cublas = "/nowhere/libcublas.so"}) {
  const execute::Values inputs = {{network.graph.inputs[0].name, normal(input, 5)}};
  const execute::Values expected = make_engine_executor(network, {})->run(inputs);
  const auto executor = make_gpu_executor(network, 0, options);
  for (const std::uint64_t seed : {1, 99}) {
    cuda_on_cpu::set_order_seed(seed);
    const std::uint64_t before = cuda_on_cpu::launches();
    const execute::Values found = executor->run(inputs);
    EXPECT_GT(cuda_on_cpu::launches(), before);  // the kernels ran, not the CPU
    ASSERT_EQ(found.size(), expected.size());
    for (const auto& [name, tensor] : expected) {
      const auto a = found.at(name).as<float>();
      const auto b = tensor.as<float>();
      ASSERT_EQ(a.size(), b.size());
      double largest = 0;
      for (const float value : b) largest = std::max(largest, std::abs(double{value}));
      ASSERT_GT(largest, 0);
      for (std::size_t i = 0; i < a.size(); ++i) {
        ASSERT_NEAR(a[i], b[i], kShareOfLargest * largest) << name << " " << i;
      }
    }
  }
}

TEST(CudaPipeline, LeNetsPrunedAndPackedEqualTheCpuEngine) {
  const graph::Network convolutions = networks::by_name("lenet-5", {1, 28, 28}, 10, 1);
  expect_as_on_the_cpu(shipped(pruned(convolutions, 0.1)), {2, 1, 28, 28});
  const graph::Network linear = networks::by_name("lenet-300-100", {1, 28, 28}, 10, 1);
  for (const std::int64_t samples : {1, 18}) {
    expect_as_on_the_cpu(shipped(pruned(linear, 0.1)), {samples, 1, 28, 28});
  }
}

TEST(CudaPipeline, AResNetPrunedAndPackedEqualsTheCpuEngine) {
  const graph::Network network = networks::resnet_cifar(20, 3, 10, 0.5);
  expect_as_on_the_cpu(shipped(pruned(network, 0.1)), {2, 3, 32, 32});
  expect_as_on_the_cpu(network, {1, 3, 32, 32}, {.cublas = GCOMPRESS_FAKE_CUBLAS});
}

TEST(CudaPipeline, AMobileNetPrunedAndPackedEqualsTheCpuEngine) {
  const graph::Network network = small_images(networks::mobilenet_v1(10, 0.25, 3));
  expect_as_on_the_cpu(shipped(pruned(network, 0.2)), {1, 3, 64, 64});
}

TEST(CudaPipeline, ATrainedResNetPrunedAndPackedEqualsTheCpuEngine) {
  const auto file = testing::shared_folder() / "models" / "resnet20-cifar10.onnx";
  GCOMPRESS_SKIP_WITHOUT(file);
  expect_as_on_the_cpu(shipped(pruned(onnx::read(file), 0.1)), {2, 3, 32, 32});
}

TEST(CudaPipeline, ATrainedMobileNetWithRealMasksEqualsTheCpuEngine) {
  const auto file = testing::shared_folder() / "models" / "mobilenet-v1-sparse90.onnx";
  GCOMPRESS_SKIP_WITHOUT(file);
  expect_as_on_the_cpu(shipped(small_images(onnx::read(file))), {1, 3, 64, 64});
}

}  // namespace
}  // namespace gcompress::engine::gpu
