// The engine against the naive runner, on small networks of every kind that it claims.
#include "gcompress/core/engine/executor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "gcompress/core/networks/networks.h"
#include "tests/support/naive_executor.h"
#include "tests/support/network_builder.h"
#include "tests/support/scratch.h"

namespace gcompress::engine {
namespace {

using ::testing::HasSubstr;
using testing::NetworkBuilder;
using testing::thrown_by;

RunContext with_threads(int threads) {
  RunContext context;
  context.threads = threads;
  return context;
}

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

// Both on the same inputs; sums in another order differ by rounding alone.
void expect_same(const graph::Network& network, const Shape& input, int threads = 1) {
  const execute::Values inputs = {{network.graph.inputs[0].name, normal(input, 5)}};
  const execute::Values expected = testing::NaiveExecutor(network, nullptr).run(inputs);
  const auto engine = make_engine_executor(network, with_threads(threads));
  for (int run = 0; run < 2; ++run) {  // memory is used again
    const execute::Values found = engine->run(inputs);
    ASSERT_EQ(found.size(), expected.size());
    for (const auto& [name, tensor] : expected) {
      ASSERT_EQ(found.at(name).shape(), tensor.shape());
      const auto a = found.at(name).as<float>();
      const auto b = tensor.as<float>();
      double largest = 1e-3;
      for (const float value : b) largest = std::max(largest, std::abs(double{value}));
      for (std::size_t i = 0; i < a.size(); ++i) ASSERT_NEAR(a[i], b[i], 1e-5 * largest) << i;
    }
  }
}

struct ConvCase {
  std::int64_t stride_y, stride_x, dilation, group, kernel_y, kernel_x;
  std::vector<std::int64_t> pads;
};

TEST(EngineConvolution, EqualsTheNaiveOneForAllGeometries) {
  const std::vector<ConvCase> cases = {
      {1, 1, 1, 1, 1, 1, {0, 0, 0, 0}}, {1, 1, 1, 1, 3, 3, {1, 1, 1, 1}},
      {2, 2, 1, 1, 3, 3, {1, 1, 1, 1}}, {2, 2, 1, 1, 1, 1, {0, 0, 0, 0}},
      {1, 2, 1, 1, 3, 5, {0, 2, 1, 1}}, {3, 2, 1, 2, 4, 3, {2, 0, 1, 3}},
      {1, 1, 2, 1, 3, 3, {2, 2, 2, 2}}, {2, 1, 3, 4, 2, 3, {1, 3, 2, 3}},
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
      for (const int threads : {1, 3}) {
        SCOPED_TRACE(::testing::Message()
                     << each.stride_y << each.stride_x << " dilation " << each.dilation << " group "
                     << each.group << " kernel " << each.kernel_y << each.kernel_x);
        expect_same(network, {images, 4, 11, 13}, threads);
        expect_same(thinned(network), {images, 4, 11, 13}, threads);
      }
    }
  }
}

TEST(EngineConvolution, AddsAResidualAndClampsWithinTheLayer) {
  NetworkBuilder b({-1, 4, 6, 7}, 1);
  b.conv("c1", "x", {4, 4, 3, 3}, true, 1);
  b.node("Relu", "r1", {"c1"});
  b.conv("c2", "r1", {4, 4, 3, 3}, false, 1);
  b.conv("shortcut", "x", {4, 4, 1, 1}, true);  // stands behind c2 and is read by its addition
  b.node("Add", "sum", {"c2", "shortcut"});
  b.node("Relu", "y", {"sum"});
  expect_same(b.finish("y", {-1, 4, 6, 7}), {2, 4, 6, 7}, 2);
}

TEST(EngineConvolution, DepthwiseLayersEqualTheNaiveOnes) {
  for (const std::int64_t stride : {1, 2}) {
    for (const std::int64_t kernel : {3, 5}) {
      const std::vector<std::int64_t> pads(4, kernel / 2);
      NetworkBuilder b({-1, 3, 13, 18}, 1);
      b.conv("stem", "x", {6, 3, 1, 1}, true);
      b.node("Conv", "d", {"stem", b.floats("w", {6, 1, kernel, kernel}), b.floats("b", {6})},
             {graph::make_attribute("pads", pads),
              graph::make_attribute("strides", std::vector<std::int64_t>(2, stride)),
              graph::make_attribute("group", std::int64_t{6})});
      b.node("Relu", "r", {"d"});
      b.conv("y", "r", {4, 6, 1, 1}, true);
      expect_same(b.finish("y", {-1, 4, -1, -1}), {2, 3, 13, 18}, 2);
    }
  }
}

TEST(EngineConvolution, SlicesAndPadsOfPlanesFeedAShortcut) {
  for (const char* mode : {"constant", "edge"}) {
    NetworkBuilder b({-1, 4, 8, 8}, 1);
    b.conv("c", "x", {4, 4, 3, 3}, true, 1);
    b.node("Slice", "s",
           {"c", b.ints("starts", {0, 0}), b.ints("ends", {8, 8}), b.ints("axes", {2, 3}),
            b.ints("steps", {2, 2})});
    b.node("Pad", "p", {"s", b.ints("pads", {0, 2, 0, 1, 0, 2, 0, 1})},
           {graph::make_attribute("mode", mode)});
    b.conv("y", "p", {5, 8, 3, 3}, true, 1);
    expect_same(b.finish("y", {-1, 5, -1, -1}), {3, 4, 8, 8}, 2);
  }
}

std::vector<float> run_engine(const graph::Network& network, const Tensor& input) {
  const auto engine = make_engine_executor(network, with_threads(2));
  const execute::Values outputs = engine->run({{network.graph.inputs[0].name, input}});
  return to_float32(outputs.begin()->second);
}

TEST(EngineConvolution, MapsGrowByResizeAndByTransposedConvolution) {
  // Each of 2 x 2 places becomes 2 x 2 places, either way; the second sample is ten times the
  // first.
  const Tensor input = Tensor::from<float>({2, 1, 2, 2}, {1, 2, 3, 4, 10, 20, 30, 40});
  const std::vector<float> expected = {1,  1,  2,  2,  1,  1,  2,  2,  3,  3,  4,
                                       4,  3,  3,  4,  4,  10, 10, 20, 20, 10, 10,
                                       20, 20, 30, 30, 40, 40, 30, 30, 40, 40};
  NetworkBuilder b({-1, 1, 2, 2}, 1);
  b.node("Resize", "y", {"x", "", b.constant("scales", Tensor::from<float>({4}, {1, 1, 2, 2}))},
         {graph::make_attribute("mode", "nearest")});
  EXPECT_EQ(run_engine(b.finish("y", {-1, 1, 4, 4}), input), expected);
  NetworkBuilder c({-1, 1, 2, 2}, 1);
  c.node("ConvTranspose", "y",
         {"x", c.constant("w", Tensor::from<float>({1, 1, 2, 2}, {1, 1, 1, 1}))},
         {graph::make_attribute("strides", std::vector<std::int64_t>{2, 2})});
  EXPECT_EQ(run_engine(c.finish("y", {-1, 1, 4, 4}), input), expected);
}

TEST(Engine, ReducesAlongAnyAxes) {
  const Tensor input = Tensor::from<float>({2, 2, 3}, {1, 2, 3, 4, 5, 6, -1, -2, -3, -4, -5, -6});
  const auto reduced = [&](const char* op, std::int64_t axis) {
    NetworkBuilder b({-1, 2, 3}, 1);
    const graph::Attribute keepdims = graph::make_attribute("keepdims", std::int64_t{0});
    if (op == std::string("ReduceSum")) {
      b.node(op, "y", {"x", b.ints("axes", {axis})}, {keepdims});
    } else {
      b.node(op, "y", {"x"},
             {keepdims, graph::make_attribute("axes", std::vector<std::int64_t>{axis})});
    }
    return run_engine(b.finish("y", axis == 1 ? Shape{-1, 3} : Shape{-1, 2}), input);
  };
  EXPECT_EQ(reduced("ReduceSum", 1), (std::vector<float>{5, 7, 9, -5, -7, -9}));
  EXPECT_EQ(reduced("ReduceMax", 1), (std::vector<float>{4, 5, 6, -1, -2, -3}));
  EXPECT_EQ(reduced("ReduceMin", 2), (std::vector<float>{1, 4, -3, -6}));
  EXPECT_EQ(reduced("ReduceMean", -1), (std::vector<float>{2, 5, -2, -5}));
}

TEST(Engine, SizesThatAreNotDeclaredComeWithTheInputs) {
  NetworkBuilder b({-1, 2, -1, -1}, 1);  // one place along each would be too small
  b.conv("c", "x", {3, 2, 3, 3}, true, 0);
  b.node("GlobalAveragePool", "y", {"c"});
  const graph::Network network = b.finish("y", {-1, 3, 1, 1});
  expect_same(network, {2, 2, 7, 9});
  expect_same(network, {1, 2, 5, 5});
}

TEST(EngineConvolution, SamplesThatMixAreRunTogether) {
  // The transposition makes channels of samples: nothing around it may run sample by sample.
  NetworkBuilder b({4, 4, 5, 5}, 1);
  b.conv("c", "x", {4, 4, 3, 3}, true, 1);
  b.node("Transpose", "t", {"c"},
         {graph::make_attribute("perm", std::vector<std::int64_t>{1, 0, 2, 3})});
  b.conv("d", "t", {3, 4, 3, 3}, true, 1);
  b.node("GlobalAveragePool", "y", {"d"});
  expect_same(b.finish("y", {4, 3, 1, 1}), {4, 4, 5, 5}, 2);
}

TEST(EngineConvolution, AValueThatOthersReadIsNotFusedAway) {
  NetworkBuilder b({-1, 2, 5, 5}, 1);
  b.conv("c", "x", {2, 2, 3, 3}, true, 1);
  b.node("Relu", "r", {"c"});
  b.node("Add", "y", {"r", "c"});
  expect_same(b.finish("y", {-1, 2, 5, 5}), {1, 2, 5, 5});
  b.network().graph.outputs.push_back(graph::make_value("c", DataType::kFloat32, {-1, 2, 5, 5}));
  expect_same(b.network(), {1, 2, 5, 5});
}

TEST(EngineLinear, GemmAndMatMulEqualTheNaiveOnesForOneSampleAndMany) {
  for (const bool transposed : {true, false}) {
    NetworkBuilder b({-1, 37}, 1);
    b.gemm("g1", "x", 37, 19, transposed);
    b.node("Relu", "r", {"g1"});
    b.node("MatMul", "m", {"r", b.floats("w", {19, 6})});
    const graph::Network network = b.finish("m", {-1, 6});
    for (const std::int64_t samples : {1, 2, 4, 7, 16, 33}) {
      expect_same(network, {samples, 37}, 2);
      expect_same(thinned(network), {samples, 37});
    }
  }
}

TEST(Engine, RunsTheBuiltInNetworks) {
  expect_same(thinned(networks::by_name("lenet-5", {1, 28, 28}, 10, 1)), {2, 1, 28, 28});
  expect_same(thinned(networks::by_name("lenet-300-100", {1, 28, 28}, 10, 1)), {3, 1, 28, 28});
  expect_same(thinned(networks::by_name("resnet-20", {3, 32, 32}, 10, 1)), {1, 3, 32, 32}, 2);
}

TEST(Engine, SplitsBySlicesOfEqualAndOfGivenSizes) {
  const Tensor input = Tensor::from<float>({2, 5}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
  for (const bool given : {true, false}) {
    NetworkBuilder b({-1, 5}, 1);
    b.network().opset_imports = {{"", given ? 17 : 18}};
    std::vector<std::string> inputs = {"x"};
    std::vector<graph::Attribute> attributes = {graph::make_attribute("axis", std::int64_t{-1})};
    if (given) {
      inputs.push_back(b.ints("sizes", {3, 2}));
    } else {
      attributes.push_back(graph::make_attribute("num_outputs", std::int64_t{2}));
    }
    b.network().graph.nodes.push_back(
        graph::make_node("Split", "split", inputs, {"left", "right"}, attributes));
    b.node("Relu", "unused", {"left"});
    b.node("Neg", "y", {"right"});
    EXPECT_EQ(run_engine(b.finish("y", {-1, 2}), input), (std::vector<float>{-4, -5, -9, -10}));
  }
}

TEST(Engine, SoftmaxAlongAnyAxis) {
  NetworkBuilder b({-1, 2, 2}, 1);
  b.node("Softmax", "y", {"x"}, {graph::make_attribute("axis", std::int64_t{1})});
  const float large = 1e30F;  // exp of it would be infinite
  EXPECT_EQ(run_engine(b.finish("y", {-1, 2, 2}), Tensor::from<float>({1, 2, 2}, {large, 3, 0, 3})),
            (std::vector<float>{1, 0.5F, 0, 0.5F}));
}

TEST(Engine, SaysAtOnceAllThatItCannotRun) {
  NetworkBuilder b({-1, 4}, 1);
  b.node("Hardmax", "a", {"x"});
  b.node("Det", "c", {"a"});
  const graph::Network network = b.finish("c", {-1, 4});
  const std::string refusal = thrown_by([&] { make_engine_executor(network, {}); });
  EXPECT_THAT(refusal, HasSubstr("Hardmax"));
  EXPECT_THAT(refusal, HasSubstr("Det"));
}

TEST(Engine, RefusesInputsThatDoNotFit) {
  NetworkBuilder b({-1, 4}, 1);
  b.gemm("g", "x", 4, 2);
  const auto engine = make_engine_executor(b.finish("g", {-1, 2}), {});
  EXPECT_NE(thrown_by([&] { engine->run({{"x", normal({1, 5}, 1)}}); }), "");
  EXPECT_NE(thrown_by([&] { engine->run({}); }), "");
}

}  // namespace
}  // namespace gcompress::engine
