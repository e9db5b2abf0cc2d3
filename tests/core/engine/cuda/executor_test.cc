// The CUDA executor, run on the CPU, against the naive runner on small networks of every kind that
// it claims, with memory shared and with a checked buffer for every value.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "gcompress/core/engine/cuda/gpu_executor.h"
#include "tests/cuda_on_cpu/runtime.h"
#include "tests/support/naive_executor.h"
#include "tests/support/network_builder.h"
#include "tests/support/scratch.h"

namespace gcompress::engine::gpu {
namespace {

using ::testing::HasSubstr;
using testing::NetworkBuilder;
using testing::thrown_by;

constexpr const char* kNoLibrary = "/nowhere/libcublas.so";

Tensor normal(const Shape& shape, std::uint64_t seed) {
  RandomStream random(seed, "engine test");
  std::vector<float> values(static_cast<std::size_t>(element_count(shape)));
  for (float& value : values) value = random.normal();
  return Tensor::from<float>(shape, std::move(values));
}

// Zeros in nine of ten elements of every tensor of rank 2 or more.
graph::Network thinned(graph::Network network) {
  RandomStream random(3, "thin");
  for (graph::Initializer& tensor : network.graph.initializers) {
    if (tensor.value.rank() < 2 || tensor.value.dtype() != DataType::kFloat32) continue;
    std::vector<float> values = to_float32(tensor.value);
    for (float& value : values) value = random.uniform() < 0.1F ? value : 0;
    tensor.value = Tensor::from<float>(tensor.value.shape(), std::move(values));
  }
  return network;
}

// Sums in another order differ by rounding alone: a share of the largest output.
constexpr double kFloatShare = 1e-5;
constexpr double kHalfShare = 5e-3;  // 11 bits instead of 24

void expect_near(const execute::Values& found, const execute::Values& expected, double share) {
  ASSERT_EQ(found.size(), expected.size());
  for (const auto& [name, tensor] : expected) {
    ASSERT_EQ(found.at(name).shape(), tensor.shape());
    const auto a = found.at(name).as<float>();
    const auto b = tensor.as<float>();
    double largest = 1e-3;
    for (const float value : b) largest = std::max(largest, std::abs(double{value}));
    for (std::size_t i = 0; i < a.size(); ++i) ASSERT_NEAR(a[i], b[i], share * largest) << i;
  }
}

void expect_same(const graph::Network& network, const Shape& input, GpuOptions options = {},
                 double share = kFloatShare) {
  const execute::Values inputs = {{network.graph.inputs[0].name, normal(input, 5)}};
  const execute::Values expected = testing::NaiveExecutor(network, nullptr).run(inputs);
  if (options.cublas.empty()) options.cublas = kNoLibrary;
  for (const MemoryUse memory : {MemoryUse::kSeparate, MemoryUse::kShared}) {
    options.memory = memory;
    const auto executor = make_gpu_executor(network, 0, options);
    for (int run = 0; run < 2; ++run) {  // memory is used again
      cuda_on_cpu::set_order_seed(static_cast<std::uint64_t>(17 * run));
      expect_near(executor->run(inputs), expected, share);
    }
  }
}

struct ConvCase {
  std::int64_t stride_y, stride_x, dilation, group, kernel_y, kernel_x;
  std::vector<std::int64_t> pads;
};

TEST(CudaConvolution, EqualsTheNaiveOneForAllGeometries) {
  const std::vector<ConvCase> cases = {
      {1, 1, 1, 1, 1, 1, {0, 0, 0, 0}}, {1, 1, 1, 1, 3, 3, {1, 1, 1, 1}},
      {2, 2, 1, 1, 3, 3, {1, 1, 1, 1}}, {1, 2, 1, 1, 3, 5, {0, 2, 1, 1}},
      {3, 2, 1, 2, 4, 3, {2, 0, 1, 3}}, {2, 1, 3, 4, 2, 3, {1, 3, 2, 3}},
      {1, 1, 1, 4, 5, 5, {2, 2, 2, 2}}, {2, 2, 1, 4, 3, 3, {0, 0, 1, 1}}};
  for (const ConvCase& each : cases) {
    for (const std::int64_t images : {1, 3}) {
      NetworkBuilder b({-1, 4, 11, 13}, 1);
      b.node("Conv", "y",
             {"x", b.floats("w", {8, 4 / each.group, each.kernel_y, each.kernel_x}),
              b.floats("b", {8})},
             {graph::make_attribute("pads", each.pads),
              graph::make_attribute("strides",
                                    std::vector<std::int64_t>{each.stride_y, each.stride_x}),
              graph::make_attribute("dilations", std::vector<std::int64_t>(2, each.dilation)),
              graph::make_attribute("group", each.group)});
      const graph::Network network = b.finish("y", {-1, 8, -1, -1});
      SCOPED_TRACE(::testing::Message() << each.stride_y << each.stride_x << " group " << each.group
                                        << " kernel " << each.kernel_y << each.kernel_x);
      for (const char* library : {kNoLibrary, GCOMPRESS_FAKE_CUBLAS}) {
        expect_same(network, {images, 4, 11, 13}, {.cublas = library});
        expect_same(thinned(network), {images, 4, 11, 13}, {.cublas = library});
      }
    }
  }
}

TEST(CudaConvolution, AddsAResidualAndClampsWithinTheLayer) {
  NetworkBuilder b({-1, 4, 6, 7}, 1);
  b.conv("c1", "x", {4, 4, 3, 3}, true, 1);
  b.node("Relu", "r1", {"c1"});
  b.conv("c2", "r1", {4, 4, 3, 3}, false, 1);
  b.conv("shortcut", "x", {4, 4, 1, 1}, true);
  b.node("Add", "sum", {"c2", "shortcut"});
  b.node("Relu", "y", {"sum"});
  for (const char* library : {kNoLibrary, GCOMPRESS_FAKE_CUBLAS}) {
    expect_same(b.network().graph.outputs.empty() ? b.finish("y", {-1, 4, 6, 7}) : b.network(),
                {2, 4, 6, 7}, {.cublas = library});
  }
}

TEST(CudaConvolution, BatchNormsAreFoldedOrComputed) {
  NetworkBuilder b({-1, 3, 6, 5}, 1);
  b.conv("c", "x", {4, 3, 3, 3}, true, 1);
  b.batch_norm("n", "c", 4);
  b.node("Relu", "r", {"n"});
  b.batch_norm("y", "r", 4);  // behind no layer
  expect_same(b.finish("y", {-1, 4, 6, 5}), {2, 3, 6, 5});
}

TEST(CudaLinear, GemmAndMatMulEqualTheNaiveOnesForOneSampleAndMany) {
  for (const bool transposed : {true, false}) {
    NetworkBuilder b({-1, 37}, 1);
    b.gemm("g1", "x", 37, 19, transposed);
    b.node("Relu", "r", {"g1"});
    b.node("MatMul", "m", {"r", b.floats("w", {19, 6})});
    const graph::Network network = b.finish("m", {-1, 6});
    for (const std::int64_t samples : {1, 2, 7, 16, 17, 33}) {
      for (const char* library : {kNoLibrary, GCOMPRESS_FAKE_CUBLAS}) {
        expect_same(network, {samples, 37}, {.cublas = library});
        expect_same(thinned(network), {samples, 37}, {.cublas = library});
      }
    }
  }
}

TEST(CudaLinear, AResidualOfALinearLayerIsAddedBehindIt) {
  NetworkBuilder b({-1, 12}, 1);
  b.gemm("g", "x", 12, 12);
  b.node("Add", "sum", {"g", "x"});
  b.node("Clip", "y",
         {"sum", b.constant("low", Tensor::from<float>({}, {-0.5F})),
          b.constant("high", Tensor::from<float>({}, {1.5F}))});
  const graph::Network network = b.finish("y", {-1, 12});
  for (const std::int64_t samples : {1, 40}) {
    expect_same(network, {samples, 12});
    expect_same(thinned(network), {samples, 12});
    expect_same(network, {samples, 12}, {.half = true}, kHalfShare);
  }
}

TEST(CudaLinear, HalvesOnTensorCoresAreNear) {
  NetworkBuilder b({-1, 133}, 1);
  b.gemm("g1", "x", 133, 70);
  b.node("Relu", "r", {"g1"});
  b.gemm("y", "r", 70, 21);
  const graph::Network network = thinned(b.finish("y", {-1, 21}));
  for (const std::int64_t samples : {3, 20, 65}) {
    expect_same(network, {samples, 133}, {.half = true}, kHalfShare);
  }
}

TEST(CudaLinear, TwoValuesAreMultipliedInBatches) {
  NetworkBuilder b({2, 3, 5, 7}, 1);
  b.node("Transpose", "t", {"x"},
         {graph::make_attribute("perm", std::vector<std::int64_t>{0, 1, 3, 2})});
  b.node("MatMul", "p", {"x", "t"});
  b.node("Softmax", "s", {"p"});
  b.node("MatMul", "y", {"s", "x"});
  for (const char* library : {kNoLibrary, GCOMPRESS_FAKE_CUBLAS}) {
    expect_same(b.network().graph.outputs.empty() ? b.finish("y", {2, 3, 5, 7}) : b.network(),
                {2, 3, 5, 7}, {.cublas = library});
  }
}

TEST(CudaOperators, MoveElementsAndChangeShapes) {
  for (const char* mode : {"constant", "edge"}) {
    NetworkBuilder b({-1, 4, 8, 8}, 1);
    b.conv("c", "x", {4, 4, 3, 3}, true, 1);
    b.node("Slice", "s",
           {"c", b.ints("starts", {0, 1}), b.ints("ends", {8, 8}), b.ints("axes", {2, 3}),
            b.ints("steps", {2, 2})});
    b.node("Pad", "p", {"s", b.ints("pads", {0, 2, 0, 1, 0, 2, 0, 1})},
           {graph::make_attribute("mode", mode)});
    b.node("Concat", "j", {"p", "p"}, {graph::make_attribute("axis", std::int64_t{1})});
    b.node("Transpose", "t", {"j"},
           {graph::make_attribute("perm", std::vector<std::int64_t>{0, 2, 3, 1})});
    b.node("Reshape", "y", {"t", b.ints("shape", {0, -1})});
    expect_same(b.finish("y", {-1, -1}), {3, 4, 8, 8});
  }
}

TEST(CudaOperators, PadsReflect) {
  NetworkBuilder b({-1, 3}, 1);
  b.node("Pad", "y", {"x", b.ints("pads", {0, 2, 0, 1})},
         {graph::make_attribute("mode", "reflect")});
  const auto executor = make_gpu_executor(b.finish("y", {-1, 6}), 0, {.cublas = kNoLibrary});
  const auto outputs = executor->run({{"x", Tensor::from<float>({1, 3}, {1, 2, 3})}});
  EXPECT_EQ(to_float32(outputs.at("y")), (std::vector<float>{3, 2, 1, 2, 3, 2}));
}

TEST(CudaOperators, SlicesMayGoBackwards) {
  NetworkBuilder b({-1, 5}, 1);
  b.node("Slice", "y",
         {"x", b.ints("starts", {-1}), b.ints("ends", {-9}), b.ints("axes", {1}),
          b.ints("steps", {-2})});
  const auto executor = make_gpu_executor(b.finish("y", {-1, 3}), 0, {.cublas = kNoLibrary});
  const auto outputs = executor->run({{"x", Tensor::from<float>({1, 5}, {0, 1, 2, 3, 4})}});
  EXPECT_EQ(to_float32(outputs.at("y")), (std::vector<float>{4, 2, 0}));
}

TEST(CudaOperators, PoolNormalizeAndReduce) {
  NetworkBuilder b({-1, 3, 9, 8}, 1);
  b.node("MaxPool", "m", {"x"},
         {graph::make_attribute("kernel_shape", std::vector<std::int64_t>{3, 2}),
          graph::make_attribute("strides", std::vector<std::int64_t>{2, 1}),
          graph::make_attribute("pads", std::vector<std::int64_t>{1, 0, 1, 1})});
  b.node("AveragePool", "a", {"m"},
         {graph::make_attribute("kernel_shape", std::vector<std::int64_t>{2, 2}),
          graph::make_attribute("strides", std::vector<std::int64_t>{2, 2})});
  b.node("Sigmoid", "g", {"a"});
  b.node("Mul", "w", {"a", "g"});
  b.node("Sub", "d", {"w", b.floats("offset", {3, 1, 1})});
  b.node("GlobalAveragePool", "p", {"d"});
  b.node("Flatten", "f", {"p"});
  b.node("Softmax", "y", {"f"});
  expect_same(b.finish("y", {-1, 3}), {2, 3, 9, 8});
}

TEST(CudaOperators, AValueThatOthersReadIsNotFusedAwayAndOutputsMayBeInputs) {
  NetworkBuilder b({-1, 2, 5, 5}, 1);
  b.conv("c", "x", {2, 2, 3, 3}, true, 1);
  b.node("Relu", "r", {"c"});
  b.node("Add", "y", {"r", "c"});
  b.node("Identity", "same", {"x"});
  graph::Network network = b.finish("y", {-1, 2, 5, 5});
  network.graph.outputs.push_back(graph::make_value("c", DataType::kFloat32, {-1, 2, 5, 5}));
  network.graph.outputs.push_back(graph::make_value("same", DataType::kFloat32, {-1, 2, 5, 5}));
  expect_same(network, {1, 2, 5, 5});
}

TEST(CudaEngine, SizesThatAreNotDeclaredComeWithTheInputs) {
  NetworkBuilder b({-1, 2, -1, -1}, 1);
  b.conv("c", "x", {3, 2, 3, 3}, true, 0);
  b.node("GlobalAveragePool", "y", {"c"});
  const graph::Network network = b.finish("y", {-1, 3, 1, 1});
  const auto executor = make_gpu_executor(network, 0, {.cublas = kNoLibrary});
  for (const std::int64_t size : {5, 7, 9, 5}) {  // more than the plans that are kept
    const execute::Values inputs = {{"x", normal({2, 2, size, 6}, 5)}};
    expect_near(executor->run(inputs), testing::NaiveExecutor(network, nullptr).run(inputs),
                kFloatShare);
  }
}

TEST(CudaEngine, SaysAtOnceAllThatItCannotRun) {
  NetworkBuilder b({-1, 4}, 1);
  b.node("Celu", "a", {"x"});
  b.node("Det", "c", {"a"});
  const graph::Network network = b.finish("c", {-1, 4});
  const std::string refusal =
      thrown_by([&] { make_gpu_executor(network, 0, {.cublas = kNoLibrary}); });
  EXPECT_THAT(refusal, HasSubstr("Celu"));
  EXPECT_THAT(refusal, HasSubstr("Det"));
  // What the CPU has and the GPU has not.
  NetworkBuilder c({-1, 1, 2, 2}, 1);
  c.node("ConvTranspose", "t", {"x", c.floats("w", {1, 1, 2, 2})});
  c.node("Resize", "y", {"t", "", c.constant("scales", Tensor::from<float>({4}, {1, 1, 2, 2}))});
  const graph::Network other = c.finish("y", {-1, 1, 6, 6});
  const std::string second =
      thrown_by([&] { make_gpu_executor(other, 0, {.cublas = kNoLibrary}); });
  EXPECT_THAT(second, HasSubstr("ConvTranspose"));
  EXPECT_THAT(second, HasSubstr("Resize"));
  EXPECT_THAT(second, HasSubstr("--device cpu"));
}

TEST(CudaEngine, RefusesInputsThatDoNotFit) {
  NetworkBuilder b({-1, 4}, 1);
  b.gemm("g", "x", 4, 2);
  const auto executor = make_gpu_executor(b.finish("g", {-1, 2}), 0, {.cublas = kNoLibrary});
  EXPECT_NE(thrown_by([&] { executor->run({{"x", normal({1, 5}, 1)}}); }), "");
  EXPECT_NE(thrown_by([&] { executor->run({}); }), "");
  EXPECT_NE(thrown_by([&] { executor->run({{"x", normal({0, 4}, 1)}}); }), "");
}

}  // namespace
}  // namespace gcompress::engine::gpu
