// Programs: training mode, state, folding, functions, subgraphs, and what they refuse.
#include "gcompress/core/train/program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "tests/core/train/networks.h"

namespace gcompress::train {
namespace {

using graph::make_attribute;
using graph::make_node;
using graph::WeightId;
using testing::HasSubstr;
using testing::Not;

std::string message_of(const std::function<void()>& act, ErrorKind kind) {
  try {
    act();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

graph::Network batch_normed() {
  return network_of({make_node("Conv", "conv", {"x", "w"}, {"h"}),
                     make_node("BatchNormalization", "bn", {"h", "s", "b", "m", "v"}, {"y"},
                               {make_attribute("momentum", 0.9F)})},
                    {"x"}, {"y"},
                    {{"w", ramp({2, 3, 1, 1})},
                     {"s", ramp({2})},
                     {"b", ramp({2})},
                     {"m", Tensor::from<float>({2}, {0, 0})},
                     {"v", Tensor::from<float>({2}, {1, 1})}});
}

TEST(TrainProgram, BatchNormOfTrainingModeUpdatesRunningStatisticsAsTorchDoes) {
  Program program(batch_normed(), {});
  EXPECT_EQ(program.buffers().size(), 2U);
  EXPECT_EQ(program.parameters().size(), 3U);
  const torch::Tensor x = torch::randn({4, 3, 5, 5});
  const torch::Tensor h = torch::conv2d(x, program.parameters().at({"", "w"}).detach());
  program.set_training(true);
  program.forward({{"x", x}});
  const torch::Tensor mean = h.mean(std::vector<std::int64_t>{0, 2, 3});
  const torch::Tensor variance = h.var(std::vector<std::int64_t>{0, 2, 3}, /*unbiased=*/true);
  // ONNX's momentum of 0.9 keeps nine tenths: torch's 0.1.
  EXPECT_TRUE(torch::allclose(program.buffers().at({"", "m"}), 0.1 * mean, 1e-4, 1e-6));
  EXPECT_TRUE(torch::allclose(program.buffers().at({"", "v"}), 0.9 + 0.1 * variance, 1e-4, 1e-6));
}

TEST(TrainProgram, EvaluationModeLeavesStateAlone) {
  Program program(batch_normed(), {});
  program.forward({{"x", torch::randn({4, 3, 5, 5})}});
  EXPECT_EQ(program.buffers().at({"", "m"}).abs().max().item<float>(), 0);
}

TEST(TrainProgram, NetworkGivesBackChangedParametersAndState) {
  const graph::Network before = batch_normed();
  Program program(before, {});
  EXPECT_TRUE(identical(program.network().graph.initializer("w")->value,
                        before.graph.initializer("w")->value));
  {
    const torch::NoGradGuard no_gradients;
    torch::Tensor(program.parameters().at({"", "w"})).fill_(2);
  }
  program.set_training(true);
  program.forward({{"x", torch::randn({4, 3, 5, 5})}});
  const graph::Network after = program.network();
  EXPECT_THAT(to_float32(after.graph.initializer("w")->value), testing::Each(2.0F));
  EXPECT_FALSE(
      identical(after.graph.initializer("v")->value, before.graph.initializer("v")->value));
}

TEST(TrainProgram, ChannelsLastGivesTheSameValuesAndTheSameFile) {
  const torch::Tensor x = torch::randn({4, 3, 5, 5});
  Program plain(batch_normed(), {});
  Program last(batch_normed(), {.device = torch::kCPU, .channels_last = true});
  EXPECT_TRUE(
      torch::allclose(plain.forward({{"x", x}})[0], last.forward({{"x", x}})[0], 1e-5, 1e-6));
  EXPECT_TRUE(identical(plain.network().graph.initializer("w")->value,
                        last.network().graph.initializer("w")->value));
}

TEST(TrainProgram, DropoutDropsInTrainingModeOnly) {
  Program program(network_of({make_node("Dropout", "d", {"x"}, {"y"})}, {"x"}, {"y"}), {});
  const torch::Tensor x = torch::ones({1000});
  EXPECT_TRUE(torch::equal(program.forward({{"x", x}})[0], x));
  program.set_training(true);
  torch::manual_seed(1);
  const torch::Tensor y = program.forward({{"x", x}})[0];
  const double kept = (y > 0).sum().item<double>();
  EXPECT_NEAR(kept, 500, 100);  // six standard deviations
  EXPECT_EQ(y.max().item<float>(), 2);
}

TEST(TrainProgram, GradientsReachWeightsBehindReshapeCastAndConstantNodes) {
  const Tensor weight = ramp({4}, DataType::kFloat16);
  const auto network =
      network_of({make_node("Constant", "k", {}, {"w"}, {make_attribute("value", weight)}),
                  make_node("Cast", "c", {"w"}, {"w32"}, {make_attribute("to", std::int64_t{1})}),
                  make_node("Reshape", "r", {"w32", "shape"}, {"matrix"}),
                  make_node("MatMul", "m", {"x", "matrix"}, {"y"})},
                 {"x"}, {"y"}, {{"shape", integers({2, -1})}});
  Program program(network, {});
  ASSERT_TRUE(program.parameters().contains({"", "w"}));
  program.forward({{"x", torch::ones({3, 2})}})[0].sum().backward();
  const torch::Tensor& parameter = program.parameters().at({"", "w"});
  EXPECT_EQ(parameter.scalar_type(), torch::kHalf);
  EXPECT_TRUE(torch::equal(parameter.grad(), torch::full({4}, 3, torch::kHalf)));
}

TEST(TrainProgram, GradientsPassQuantizationStraightThrough) {
  const auto network =
      network_of({make_node("QuantizeLinear", "q", {"w", "scale", "zero"}, {"wq"}),
                  make_node("DequantizeLinear", "dq", {"wq", "scale", "zero"}, {"wd"}),
                  make_node("MatMul", "m", {"x", "wd"}, {"y"})},
                 {"x"}, {"y"},
                 {{"w", Tensor::from<float>({1, 3}, {0.26F, -0.26F, 100})},
                  {"scale", Tensor::scalar<float>(0.1F)},
                  {"zero", Tensor::scalar<std::int8_t>(0)}});
  Program program(network, {});
  const torch::Tensor y = program.forward({{"x", torch::ones({1, 1})}})[0];
  EXPECT_TRUE(torch::allclose(y, torch::tensor({{0.3, -0.3, 12.7}}, torch::kFloat)));
  y.sum().backward();
  // Nothing passes where the value saturates.
  EXPECT_TRUE(torch::allclose(program.parameters().at({"", "w"}).grad(),
                              torch::tensor({{1.0, 1.0, 0.0}}, torch::kFloat)));
}

TEST(TrainProgram, FunctionsAreInlinedWithTheirAttributes) {
  auto network = network_of(
      {make_node("Scaled", "f", {"x"}, {"y"}, {make_attribute("slope", 0.5F)})}, {"x"}, {"y"});
  network.graph.nodes[0].domain = "local";
  network.opset_imports.push_back({"local", 1});
  graph::Function function;
  function.domain = "local";
  function.name = "Scaled";
  function.inputs = {"a"};
  function.outputs = {"b"};
  function.attribute_names = {"slope"};
  function.opset_imports = {{"", 17}};
  graph::Attribute alpha = make_attribute("alpha", std::monostate());
  alpha.reference = "slope";
  function.nodes = {make_node("LeakyRelu", "", {"a"}, {"x"}, {alpha}),
                    make_node("Neg", "", {"x"}, {"b"})};
  network.functions.push_back(function);
  Program program(network, {});
  const torch::Tensor y = program.forward({{"x", torch::tensor({-2.0F, 4.0F})}})[0];
  EXPECT_TRUE(torch::equal(y, torch::tensor({1.0F, -4.0F})));
}

graph::Network looped() {
  auto body = std::make_shared<graph::Graph>();
  body->inputs = {graph::make_value("i", DataType::kInt64, {}),
                  graph::make_value("go", DataType::kBool, {}),
                  {"s", DataType::kFloat32, std::nullopt, {}}};
  body->outputs = {graph::make_value("go2", DataType::kBool, {}),
                   {"s2", DataType::kFloat32, std::nullopt, {}}};
  body->initializers = {{"w", ramp({2, 2}), graph::Storage::kRaw, {}}};
  body->nodes = {make_node("MatMul", "mm", {"s", "w"}, {"p"}),
                 make_node("Add", "add", {"p", "outer"}, {"s2"}),
                 make_node("Identity", "id", {"go"}, {"go2"})};
  return network_of({make_node("Relu", "relu", {"x"}, {"outer"}),
                     make_node("Loop", "loop", {"times", "", "x"}, {"y"},
                               {make_attribute("body", graph::GraphPtr(body))})},
                    {"x"}, {"y"}, {{"times", Tensor::scalar<std::int64_t>(3)}});
}

TEST(TrainProgram, WeightsInSubgraphsAreParametersAndSeeOuterValues) {
  Program program(looped(), {});
  ASSERT_EQ(program.parameters().size(), 1U);
  const auto& [id, weight] = *program.parameters().begin();
  EXPECT_EQ(id.scope, "loop.body/");
  const torch::Tensor x = torch::tensor({{1.0F, -2.0F}});
  torch::Tensor expected = x;
  for (int i = 0; i < 3; ++i) expected = expected.mm(weight) + x.relu();
  const torch::Tensor y = program.forward({{"x", x}})[0];
  EXPECT_TRUE(torch::allclose(y, expected));
  y.sum().backward();
  EXPECT_TRUE(weight.grad().defined());
}

TEST(TrainProgram, EverythingMissingIsListedAtOnce) {
  auto network = network_of(
      {make_node("Frobnicate", "a", {"x"}, {"h"}), make_node("StringNormalizer", "b", {"h"}, {"i"}),
       make_node("Custom", "c", {"i"}, {"j"}), make_node("Frobnicate", "d", {"j"}, {"k"}),
       make_node("Pad", "e", {"k", "pads"}, {"y"}, {make_attribute("mode", std::string("mirror"))}),
       make_node("Relu", "f", {"x"}, {"z"})},
      {"x"}, {"y"}, {{"pads", integers({0, 0})}});
  network.graph.nodes[2].domain = "my.domain";
  const std::string what = message_of([&] { Program(network, {}); }, ErrorKind::kUnsupported);
  EXPECT_THAT(what, HasSubstr("Frobnicate (opset 17) x2"));
  EXPECT_THAT(what, HasSubstr("StringNormalizer (opset 17)"));
  EXPECT_THAT(what, HasSubstr("my.domain.Custom (opset 1)"));
  EXPECT_THAT(what, Not(HasSubstr("Relu")));
}

TEST(TrainProgram, AFailingNodeIsNamedWithTheShapesOfItsInputs) {
  Program program(network_of({make_node("MatMul", "product", {"x", "w"}, {"y"})}, {"x"}, {"y"},
                             {{"w", ramp({3, 4})}}),
                  {});
  const std::string what =
      message_of([&] { program.forward({{"x", torch::ones({2, 5})}}); }, ErrorKind::kInput);
  EXPECT_THAT(what, HasSubstr("node 'product'"));
  EXPECT_THAT(what, HasSubstr("MatMul"));
  EXPECT_THAT(what, HasSubstr("[2, 5], [3, 4]"));
  // It can be used again afterwards.
  EXPECT_EQ(program.forward({{"x", torch::ones({2, 3})}})[0].size(1), 4);
}

TEST(TrainProgram, AMissingInputIsNamed) {
  Program program(network_of({make_node("Relu", "r", {"x"}, {"y"})}, {"x"}, {"y"}), {});
  EXPECT_THAT(message_of([&] { program.forward({}); }, ErrorKind::kInput), HasSubstr("value 'x'"));
}

TEST(TrainTensor, EveryTypeSurvivesTheWayToTorchAndBack) {
  for (const DataType dtype :
       {DataType::kFloat32, DataType::kFloat64, DataType::kFloat16, DataType::kBfloat16,
        DataType::kInt8, DataType::kInt16, DataType::kInt32, DataType::kInt64, DataType::kUint8,
        DataType::kUint16, DataType::kUint32, DataType::kUint64, DataType::kBool,
        DataType::kComplex64}) {
    std::string bytes(byte_count(dtype, 6), '\0');
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i % 2);
    const Tensor tensor(dtype, {2, 3}, Bytes::own(std::move(bytes)));
    EXPECT_TRUE(identical(from_torch(to_torch(tensor)), tensor)) << name_of(dtype);
  }
  const Tensor empty = Tensor::zeros(DataType::kFloat32, {0, 3});
  EXPECT_TRUE(identical(from_torch(to_torch(empty)), empty));
  EXPECT_THROW(to_torch(Tensor::zeros(DataType::kInt4, {2})), Error);
}

}  // namespace
}  // namespace gcompress::train
