// Networks on integers against the naive runner. All scales are powers of two, so that the runner's
// sums in double and ours are exact and every code must be the same.
#include "gcompress/core/engine/integer/pieces.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

#include "gcompress/core/engine/executor.h"
#include "gcompress/core/graph/qdq/pattern.h"
#include "tests/support/naive_executor.h"
#include "tests/support/network_builder.h"

namespace gcompress::engine::integer {
namespace {

using testing::NetworkBuilder;

float power_of_two(int exponent) { return std::ldexp(1.0F, exponent); }

// Writes random int8 weights, a share of them zeros, and pairs around all values, so that codes
// are spread over most of their range.
class Quantizer {
 public:
  Quantizer(const graph::Network& network, double density)
      : network_(network), writer_(network), random_(9, "quantizer"), density_(density) {}

  graph::Network run() {
    std::set<std::string> limited;
    for (const graph::Node& node : network_.graph.nodes) {
      if (node.op_type == "Relu" || node.op_type == "Clip") limited.insert(node.inputs[0]);
    }
    set("x", -6, 128);
    const std::vector<graph::Node>& nodes = network_.graph.nodes;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      const graph::Node& node = nodes[i];
      const bool layer =
          node.op_type == "Conv" || node.op_type == "Gemm" || node.op_type == "MatMul";
      int exponent = exponents_.at(node.inputs[0]);
      if (layer) exponent = quantize_layer(i);
      exponents_[node.outputs[0]] = exponent;
      if (node.op_type == "Add") ++exponent;
      if (limited.contains(node.outputs[0]) || node.outputs[0] == "y") continue;
      const bool moves = !layer && node.op_type != "Add";
      const bool rectified = node.op_type == "Relu";
      // Of additions even: there halves are rounded with the zero point, as ONNX Runtime does.
      int zero = node.op_type == "Add" ? 116 : 117;
      if (moves) zero = rectified ? 0 : zeros_.at(node.inputs[0]);
      set(node.outputs[0], rectified ? exponent - 1 : exponent, zero);
    }
    return writer_.finish();
  }

 private:
  void set(const std::string& value, int exponent, int zero_point) {
    exponents_[value] = exponent;
    zeros_[value] = zero_point;
    writer_.quantize_value(value, {.scale = power_of_two(exponent),
                                   .zero_point = static_cast<std::uint8_t>(zero_point)});
  }

  // The exponent of the outputs' scale.
  int quantize_layer(std::size_t index) {
    const graph::Node& node = network_.graph.nodes[index];
    const Tensor& weight = network_.graph.initializer(node.inputs[1])->value;
    std::vector<std::int8_t> values(static_cast<std::size_t>(weight.size()));
    for (std::int8_t& value : values) {
      if (random_.uniform() < density_) value = static_cast<std::int8_t>(random_.below(255) - 127);
    }
    const graph::Attribute* transposed = node.attribute("transB");
    const bool across = node.op_type == "MatMul" ||
                        (node.op_type == "Gemm" &&
                         (transposed == nullptr || std::get<std::int64_t>(transposed->data) == 0));
    const int axis = across ? 1 : 0;
    const std::int64_t outputs = weight.shape()[static_cast<std::size_t>(axis)];
    std::vector<float> scales, bias_scales;
    const int input = exponents_.at(node.inputs[0]);
    for (std::int64_t o = 0; o < outputs; ++o) {
      const int exponent = -7 - static_cast<int>(o % 2);
      scales.push_back(power_of_two(exponent));
      bias_scales.push_back(power_of_two(exponent + input));
    }
    writer_.quantize_weight(
        index, 1, {.values = Tensor::from<std::int8_t>(weight.shape(), values), .scales = scales},
        axis);
    if (node.inputs.size() > 2) {
      std::vector<std::int32_t> bias;
      for (std::int64_t o = 0; o < outputs; ++o) {
        bias.push_back(static_cast<std::int32_t>(random_.below(20000)) - 10000);
      }
      writer_.quantize_bias(index, 2, Tensor::from<std::int32_t>({outputs}, bias), bias_scales);
    }
    const double taps = static_cast<double>(weight.size()) / static_cast<double>(outputs);
    const double spread = std::sqrt(1 + taps * density_) * 70 * 75 / 60;
    return input - 7 + static_cast<int>(std::lround(std::log2(spread)));
  }

  const graph::Network& network_;
  graph::QdqWriter writer_;
  RandomStream random_;
  double density_;
  std::map<std::string, int> exponents_, zeros_;
};

graph::Network quantized(const graph::Network& network, double density) {
  return Quantizer(network, density).run();
}

Tensor normal(const Shape& shape) {
  RandomStream random(4, "integer test");
  std::vector<float> values(static_cast<std::size_t>(element_count(shape)));
  for (float& value : values) value = random.normal();
  return Tensor::from<float>(shape, std::move(values));
}

// Every output the same, for images alone and side by side, and for several threads.
void expect_same(const graph::Network& network, const Shape& image,
                 const std::vector<std::int64_t>& batches = {1, 3, 16, 25, 70}) {
  for (const int threads : {1, 3}) {
    Shape shape = image;
    shape.insert(shape.begin(), 1);
    const std::unique_ptr<Pieces> pieces = Pieces::make(network, {{"x", shape}}, threads);
    ASSERT_NE(pieces, nullptr);
    EXPECT_EQ(pieces->float_pieces(), 0U);
    for (const std::int64_t images : batches) {
      SCOPED_TRACE(::testing::Message() << images << " images, " << threads << " threads");
      shape[0] = images;
      const execute::Values inputs = {{"x", normal(shape)}};
      const execute::Values expected = testing::NaiveExecutor(network, nullptr).run(inputs);
      for (int run = 0; run < 2; ++run) {  // memory is used again
        const execute::Values found = pieces->run(inputs);
        ASSERT_EQ(found.size(), expected.size());
        for (const auto& [name, tensor] : expected) {
          ASSERT_EQ(found.at(name).shape(), tensor.shape()) << name;
          const auto a = found.at(name).as<float>();
          const auto b = tensor.as<float>();
          std::set<float> different;
          for (std::size_t i = 0; i < a.size(); ++i) {
            ASSERT_EQ(a[i], b[i]) << name << " " << i;
            different.insert(b[i]);
          }
          ASSERT_GT(different.size(), std::min<std::size_t>(8, b.size() / 2));  // says something
        }
      }
    }
  }
}

struct ConvCase {
  std::int64_t stride_y, stride_x, dilation, group, kernel_y, kernel_x;
  std::vector<std::int64_t> pads;
};

TEST(IntegerConvolution, EqualsTheNaiveOneForAllGeometries) {
  const std::vector<ConvCase> cases = {
      {1, 1, 1, 1, 1, 1, {0, 0, 0, 0}}, {1, 1, 1, 1, 3, 3, {1, 1, 1, 1}},
      {2, 2, 1, 1, 3, 3, {1, 1, 1, 1}}, {2, 2, 1, 1, 1, 1, {0, 0, 0, 0}},
      {1, 2, 1, 1, 3, 5, {0, 2, 1, 1}}, {3, 2, 1, 2, 4, 3, {2, 0, 1, 3}},
      {1, 1, 2, 1, 3, 3, {2, 2, 2, 2}}, {2, 1, 3, 6, 2, 3, {1, 3, 2, 3}},
      {1, 1, 1, 6, 5, 5, {2, 2, 2, 2}}, {1, 1, 1, 1, 2, 2, {1, 0, 0, 1}},
      {1, 1, 1, 3, 3, 1, {1, 0, 1, 0}}, {1, 1, 1, 1, 3, 3, {0, 0, 0, 0}}};
  for (const ConvCase& each : cases) {
    for (const double density : {0.2, 1.0}) {
      SCOPED_TRACE(::testing::Message()
                   << each.stride_y << each.stride_x << " dilation " << each.dilation << " group "
                   << each.group << " kernel " << each.kernel_y << each.kernel_x);
      NetworkBuilder b({-1, 6, 11, 13}, 1);
      b.node("Conv", "c",
             {"x", b.floats("w", {18, 6 / each.group, each.kernel_y, each.kernel_x}),
              b.floats("b", {18})},
             {graph::make_attribute("pads", each.pads),
              graph::make_attribute("strides",
                                    std::vector<std::int64_t>{each.stride_y, each.stride_x}),
              graph::make_attribute("dilations", std::vector<std::int64_t>(2, each.dilation)),
              graph::make_attribute("group", each.group)});
      b.node("Relu", "r", {"c"});
      b.conv("y", "r", {7, 18, 3, 3}, true, 1);  // reads the frame of what the first one gave
      expect_same(quantized(b.finish("y", {-1, 7, -1, -1}), density), {6, 11, 13}, {1, 9});
    }
  }
}

TEST(IntegerConvolution, FiltersAChannelAndWholeOnesTakeTurns) {
  for (const std::int64_t size : {3, 5}) {
    for (const std::int64_t stride : {1, 2}) {
      SCOPED_TRACE(::testing::Message() << size << " x " << size << " stride " << stride);
      NetworkBuilder b({-1, 3, 7, 10}, 1);
      b.node("Relu", "r1", {b.conv("c1", "x", {18, 3, 3, 3}, true, 1)});
      b.node("Conv", "d", {"r1", b.floats("dw", {18, 1, size, size}), b.floats("db", {18})},
             {graph::make_attribute("pads", std::vector<std::int64_t>(4, size / 2)),
              graph::make_attribute("strides", std::vector<std::int64_t>{stride, stride}),
              graph::make_attribute("group", std::int64_t{18})});
      b.node("Relu", "r2", {"d"});
      b.node("Relu", "r3", {b.conv("c2", "r2", {70, 18, 1, 1}, true, 0)});
      b.conv("y", "r3", {9, 70, 3, 3}, true, 1);
      for (const double density : {0.2, 1.0}) {
        expect_same(quantized(b.finish("y", {-1, 9, -1, -1}), density), {3, 7, 10}, {1, 17});
      }
    }
  }
}

TEST(IntegerLayers, ResidualsPoolsAndAHeadGiveTheSameCodes) {
  NetworkBuilder b({-1, 3, 8, 8}, 1);
  b.node("Relu", "r1", {b.conv("c1", "x", {6, 3, 3, 3}, true, 1)});
  b.conv("c2", "r1", {6, 6, 3, 3}, false, 1);
  b.node("Relu", "r2", {b.node("Add", "a1", {"c2", "r1"})});
  b.conv("c3", "r2", {6, 6, 3, 3}, true, 1);
  b.node("Add", "a2", {"r2", "c3"});  // the layer comes second: no part of it
  b.node("MaxPool", "m", {"a2"},
         {graph::make_attribute("kernel_shape", std::vector<std::int64_t>{3, 2}),
          graph::make_attribute("strides", std::vector<std::int64_t>{2, 2}),
          graph::make_attribute("pads", std::vector<std::int64_t>{1, 0, 0, 0})});
  b.node("GlobalAveragePool", "pooled", {"m"});
  b.node("Flatten", "flat", {"pooled"});
  b.gemm("y", "flat", 6, 9);
  graph::Network network = b.finish("y", {-1, 9});
  for (const char* inner : {"r1", "r2", "c3", "a2", "m", "pooled"}) {
    network.graph.outputs.push_back(graph::make_value(inner, DataType::kFloat32, {}));
  }
  for (const double density : {0.3, 1.0}) {
    expect_same(quantized(network, density), {3, 8, 8});
  }
}

TEST(IntegerLayers, APerceptronRunsByGemmAndMatMulOfBothOrders) {
  NetworkBuilder b({-1, 37}, 1);
  b.node("Relu", "r1", {b.gemm("g1", "x", 37, 19, true)});
  b.node("Relu", "r2", {b.gemm("g2", "r1", 19, 11, false)});
  b.node("MatMul", "m", {"r2", b.floats("w", {11, 8})});
  b.gemm("y", "m", 8, 12, true);
  const graph::Network network = b.finish("y", {-1, 12});
  for (const double density : {0.2, 1.0}) expect_same(quantized(network, density), {37});
}

TEST(IntegerMovement, CodesMoveAsNumbersDo) {
  NetworkBuilder b({-1, 6, 8, 8}, 1);
  b.node("Slice", "s",
         {"x", b.ints("starts", {0, 1}), b.ints("ends", {8, 8}), b.ints("axes", {2, 3}),
          b.ints("steps", {2, 2})});
  b.node("Pad", "p", {"s", b.ints("pads", {0, 3, 0, 0, 0, 2, 0, 0})});
  b.node("Concat", "c", {"p", "s"}, {graph::make_attribute("axis", std::int64_t{1})});
  b.node("Transpose", "t", {"c"},
         {graph::make_attribute("perm", std::vector<std::int64_t>{0, 2, 1, 3})});
  b.conv("d", "t", {5, 4, 3, 3}, true, 1);
  b.node("Reshape", "f", {"d", b.ints("shape", {0, -1})});
  b.gemm("y", "f", 5 * 17 * 4, 6);
  expect_same(quantized(b.finish("y", {-1, 6}), 0.5), {6, 8, 8});
}

TEST(IntegerLayers, AnOutputMayBeCodesOrSumsOfAConvolution) {
  NetworkBuilder b({-1, 3, 5, 6}, 1);
  b.conv("c1", "x", {5, 3, 3, 3}, true, 1);
  b.conv("y", "c1", {6, 5, 3, 3}, true);
  graph::Network network = b.finish("y", {-1, 6, 3, 4});
  network.graph.outputs.push_back(graph::make_value("c1", DataType::kFloat32, {-1, 5, 5, 6}));
  expect_same(quantized(network, 0.4), {3, 5, 6});
}

// The same numbers in floating point up to its rounding, which may turn a code over here and there.
void expect_near(const graph::Network& network, const Shape& image, std::size_t integer_pieces,
                 std::size_t float_pieces) {
  Shape shape = image;
  shape.insert(shape.begin(), 1);
  const std::unique_ptr<Pieces> pieces = Pieces::make(network, {{"x", shape}}, 1);
  ASSERT_NE(pieces, nullptr);
  EXPECT_EQ(pieces->integer_pieces(), integer_pieces);
  EXPECT_EQ(pieces->float_pieces(), float_pieces);
  for (const std::int64_t images : {1, 5, 17}) {
    shape[0] = images;
    const execute::Values inputs = {{"x", normal(shape)}};
    const execute::Values expected = testing::NaiveExecutor(network, nullptr).run(inputs);
    const execute::Values found = pieces->run(inputs);
    ASSERT_EQ(found.size(), expected.size());
    for (const auto& [name, tensor] : expected) {
      ASSERT_EQ(found.at(name).shape(), tensor.shape()) << name;
      const auto a = found.at(name).as<float>();
      const auto b = tensor.as<float>();
      float largest = 0;
      for (const float value : b) largest = std::max(largest, std::abs(value));
      for (std::size_t i = 0; i < a.size(); ++i) {
        ASSERT_NEAR(a[i], b[i], 0.02F * largest) << name << " " << i;
      }
    }
  }
}

TEST(IntegerPieces, WhatIsNoCodeRunsInFloatingPointBehindOrBetween) {
  NetworkBuilder b({-1, 8}, 1);
  b.gemm("g1", "x", 8, 12);
  b.node("Sigmoid", "s", {"g1"});  // no kernel on codes
  b.node("Relu", "r", {b.gemm("g2", "s", 12, 12)});
  b.gemm("g3", "r", 12, 9);
  b.node("Softmax", "y", {"g3"});
  expect_near(quantized(b.finish("y", {-1, 9}), 1), {8}, 2, 2);
}

TEST(IntegerPieces, CodesAreTakenAgainBehindAFloatPiece) {
  NetworkBuilder b({-1, 3, 6, 6}, 1);
  b.node("Relu", "r1", {b.conv("c1", "x", {6, 3, 3, 3}, true, 1)});
  b.node("Sigmoid", "h", {b.conv("c2", "r1", {6, 6, 3, 3}, true, 1)});
  b.node("Add", "a", {"h", "r1"});
  b.conv("y", "a", {6, 6, 3, 3}, true, 1);
  expect_near(quantized(b.finish("y", {-1, 6, 6, 6}), 0.6), {3, 6, 6}, 2, 1);
}

TEST(IntegerPieces, AFloatNetworkOrOneOfRoundingAloneHasNone) {
  NetworkBuilder b({-1, 8}, 1);
  b.node("Sigmoid", "s", {"x"});
  b.node("Softmax", "y", {"s"});
  const graph::Network network = b.finish("y", {-1, 8});
  EXPECT_EQ(Pieces::make(network, {{"x", {1, 8}}}, 1), nullptr);
  EXPECT_EQ(Pieces::make(quantized(network, 1), {{"x", {1, 8}}}, 1), nullptr);
}

TEST(IntegerPieces, TheExecutorTakesItAndSaysSo) {
  NetworkBuilder b({-1, 3, 8, 8}, 1);
  b.node("Relu", "r1", {b.conv("c1", "x", {6, 3, 3, 3}, true, 1)});
  b.conv("y", "r1", {6, 6, 3, 3}, true, 1);
  const graph::Network floats = b.finish("y", {-1, 6, 8, 8});
  const graph::Network network = quantized(floats, 0.5);
  const auto executor = make_engine_executor(network, {});
  EXPECT_EQ(executor->runtime().precision, "int8");
  EXPECT_EQ(make_engine_executor(floats, {})->runtime().precision, "float");
  const execute::Values inputs = {{"x", normal({5, 3, 8, 8})}};
  const execute::Values expected = testing::NaiveExecutor(network, nullptr).run(inputs);
  EXPECT_TRUE(identical(executor->run(inputs).at("y"), expected.at("y")));
}

}  // namespace
}  // namespace gcompress::engine::integer
