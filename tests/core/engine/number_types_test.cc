// Integers and truths in the engine: exact, or refused.
#include "gcompress/core/engine/number_types.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "gcompress/core/engine/executor.h"
#include "tests/support/network_builder.h"
#include "tests/support/scratch.h"

namespace gcompress::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::NetworkBuilder;
using testing::thrown_by;

// A network of one input of this type and shape.
NetworkBuilder taking(DataType type, const Shape& shape) {
  NetworkBuilder b(shape, 1);
  b.network().graph.inputs[0] = graph::make_value("x", type, shape);
  return b;
}

graph::Network giving(NetworkBuilder& b, DataType type, const Shape& shape) {
  b.network().graph.outputs.push_back(graph::make_value("y", type, shape));
  return b.network();
}

Tensor run(const graph::Network& network, const Tensor& input) {
  return make_engine_executor(network, {})->run({{"x", input}}).at("y");
}

TEST(EngineNumbers, TokensSelectRowsOfATable) {
  NetworkBuilder b = taking(DataType::kInt32, {-1, 3});
  b.node("Gather", "y",
         {b.constant("table", Tensor::from<float>({4, 2}, {0, 1, 10, 11, 20, 21, 30, 31})), "x"});
  const graph::Network network = giving(b, DataType::kFloat32, {-1, 3, 2});
  const Tensor found = run(network, Tensor::from<std::int32_t>({2, 3}, {3, 0, 1, -1, 2, 2}));
  EXPECT_THAT(found.as<float>(), ElementsAre(30, 31, 0, 1, 10, 11, 30, 31, 20, 21, 20, 21));
}

TEST(EngineNumbers, IndicesOutOfRangeGiveNaNAndReadNothing) {
  NetworkBuilder b = taking(DataType::kInt64, {-1});
  b.node("Gather", "y", {b.constant("table", Tensor::from<float>({2}, {5, 6})), "x"});
  const graph::Network network = giving(b, DataType::kFloat32, {-1});
  const Tensor found = run(network, Tensor::from<std::int64_t>({4}, {2, -3, 1'000'000, -1}));
  EXPECT_TRUE(std::isnan(found.as<float>()[0]));
  EXPECT_TRUE(std::isnan(found.as<float>()[1]));
  EXPECT_TRUE(std::isnan(found.as<float>()[2]));
  EXPECT_EQ(found.as<float>()[3], 6);
}

TEST(EngineNumbers, OneHotByComparingIntegers) {
  NetworkBuilder b = taking(DataType::kInt32, {-1, 1});
  b.node("Equal", "is", {"x", b.constant("classes", Tensor::from<std::int32_t>({3}, {0, 1, 2}))});
  b.node("Cast", "y", {"is"}, {graph::make_attribute("to", std::int64_t{1})});
  const graph::Network network = giving(b, DataType::kFloat32, {-1, 3});
  const Tensor found = run(network, Tensor::from<std::int32_t>({2, 1}, {2, 0}));
  EXPECT_THAT(found.as<float>(), ElementsAre(0, 0, 1, 1, 0, 0));
}

TEST(EngineNumbers, WhatIsNotChosenMayBeNaN) {
  NetworkBuilder b({-1, 2}, 1);
  const std::string zero = b.constant("zero", Tensor::scalar<float>(0));
  b.node("Div", "ratio", {"x", "x"});
  b.node("Equal", "none", {"x", zero});
  b.node("Where", "y", {"none", zero, "ratio"});
  const graph::Network network = giving(b, DataType::kFloat32, {-1, 2});
  EXPECT_THAT(run(network, Tensor::from<float>({1, 2}, {0, 7})).as<float>(), ElementsAre(0, 1));
}

TEST(EngineNumbers, OperandsSpreadOverEachOtherInAnyAxis) {
  // [2, 1, 3] and [2, 1]: neither has the output's shape, and no axes join.
  NetworkBuilder b({2, 1, 3}, 1);
  b.node("Max", "y", {"x", b.constant("c", Tensor::from<float>({2, 1}, {0, 10}))});
  const graph::Network network = giving(b, DataType::kFloat32, {2, 2, 3});
  const Tensor found = run(network, Tensor::from<float>({2, 1, 3}, {-1, 1, 11, 2, 12, -2}));
  EXPECT_THAT(found.as<float>(), ElementsAre(0, 1, 11, 10, 10, 11, 2, 12, 0, 10, 12, 10));
}

TEST(EngineNumbers, OutputsHaveTheTypesThatAreDeclared) {
  NetworkBuilder b({-1, 2}, 1);
  b.node("Cast", "y", {"x"}, {graph::make_attribute("to", std::int64_t{7})});
  const Tensor integers =
      run(giving(b, DataType::kInt64, {-1, 2}), Tensor::from<float>({1, 2}, {-1.7F, 2.9F}));
  EXPECT_THAT(integers.as<std::int64_t>(), ElementsAre(-1, 2));
  NetworkBuilder c({-1, 2}, 1);
  c.node("Greater", "y", {"x", c.constant("c", Tensor::scalar<float>(0))});
  const Tensor truths =
      run(giving(c, DataType::kBool, {-1, 2}), Tensor::from<float>({1, 2}, {-1, 2}));
  EXPECT_EQ(truths.dtype(), DataType::kBool);
  EXPECT_THAT(to_int64(truths), ElementsAre(0, 1));
}

TEST(EngineNumbers, CodesAroundOperatorsInFloatingPointAreRounded) {
  NetworkBuilder b({-1, 3}, 1);
  const std::string scale = b.constant("scale", Tensor::scalar<float>(0.5F));
  const std::string zero = b.constant("zero", Tensor::scalar<std::uint8_t>(10));
  b.node("QuantizeLinear", "codes", {"x", scale, zero});
  b.node("DequantizeLinear", "rounded", {"codes", scale, zero});
  b.node("Floor", "y", {"rounded"});
  const graph::Network network = giving(b, DataType::kFloat32, {-1, 3});
  const Tensor found = run(network, Tensor::from<float>({1, 3}, {-9, 0.7F, 1.3F}));
  EXPECT_THAT(found.as<float>(), ElementsAre(-5, 0, 1));
}

TEST(EngineNumbers, IntegersThatFloatsWouldRoundAreRefused) {
  NetworkBuilder b = taking(DataType::kInt64, {-1});
  b.node("Equal", "y", {"x", b.ints("c", {3})});
  const graph::Network network = giving(b, DataType::kBool, {-1});
  const auto engine = make_engine_executor(network, {});
  const Tensor large = Tensor::from<std::int64_t>({1}, {(std::int64_t{1} << 24) + 1});
  EXPECT_THAT(thrown_by([&] { engine->run({{"x", large}}); }), HasSubstr("2^24"));
  NetworkBuilder c = taking(DataType::kInt64, {-1});
  c.node("Equal", "y", {"x", c.ints("c", {(std::int64_t{1} << 24) + 1})});
  const graph::Network beyond = giving(c, DataType::kBool, {-1});
  const Tensor three = Tensor::from<std::int64_t>({1}, {3});
  EXPECT_THAT(thrown_by([&] { run(beyond, three); }), HasSubstr("2^24"));
}

TEST(EngineNumbers, ArithmeticOnIntegersIsRefused) {
  NetworkBuilder b = taking(DataType::kInt64, {-1});
  b.node("Div", "y", {"x", b.ints("two", {2})});
  const graph::Network network = giving(b, DataType::kInt64, {-1});
  const Tensor three = Tensor::from<std::int64_t>({1}, {3});
  EXPECT_THAT(thrown_by([&] { run(network, three); }), HasSubstr("Div on int64"));
}

TEST(EngineNumbers, TypesThatTheEngineDoesNotKnowAreNamed) {
  NetworkBuilder b = taking(DataType::kFloat16, {-1});
  b.node("Identity", "y", {"x"});
  const graph::Network network = giving(b, DataType::kFloat16, {-1});
  EXPECT_THAT(thrown_by([&] { make_engine_executor(network, {}); }), HasSubstr("float16"));
}

}  // namespace
}  // namespace gcompress::engine
