// Gradients against central differences, in double.
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "gcompress/core/train/program.h"
#include "tests/core/train/networks.h"

namespace gcompress::train {
namespace {

using graph::make_attribute;
using graph::make_node;
using Ints = std::vector<std::int64_t>;

struct Case {
  const char* name;
  std::vector<graph::Node> nodes;  // from x to y
  Shape input;
  std::vector<std::pair<std::string, Tensor>> stored;
  std::int64_t opset = 17;
};

torch::Tensor loss_of(Program& program, const torch::Tensor& x) {
  const torch::Tensor y = program.forward({{"x", x}}).at(0);
  const torch::Tensor weights =
      torch::cos(torch::arange(y.numel(), torch::kDouble)).reshape(y.sizes());
  return (y * weights).sum();
}

// The largest difference between the gradient of `at` and central differences, relative to it.
double gradient_error(Program& program, const torch::Tensor& x, torch::Tensor at,
                      const torch::Tensor& gradient) {
  constexpr double kStep = 1e-5;  // the error of second order is then about 1e-9
  const torch::NoGradGuard no_gradients;
  torch::Tensor flat = at.detach().view({-1});
  torch::Tensor differences = torch::zeros_like(flat);
  for (std::int64_t i = 0; i < flat.numel(); ++i) {
    const double value = flat[i].item<double>();
    flat[i] = value + kStep;
    const double above = loss_of(program, x).item<double>();
    flat[i] = value - kStep;
    const double below = loss_of(program, x).item<double>();
    flat[i] = value;
    differences[i] = (above - below) / (2 * kStep);
  }
  const double size = std::max(1.0, differences.abs().max().item<double>());
  return (differences - gradient.reshape({-1})).abs().max().item<double>() / size;
}

class Gradients : public testing::TestWithParam<Case> {};

TEST_P(Gradients, AgreeWithDifferences) {
  const Case& each = GetParam();
  const graph::Network network =
      network_of(each.nodes, {"x"}, {"y"}, each.stored, each.opset, DataType::kFloat64);
  Program program(network, {});
  torch::Tensor x = to_torch(ramp(each.input, DataType::kFloat64)).requires_grad_(true);
  loss_of(program, x).backward();
  ASSERT_TRUE(x.grad().defined());
  EXPECT_LT(gradient_error(program, x, x, x.grad()), 1e-6);
  for (const auto& [id, parameter] : program.parameters()) {
    ASSERT_TRUE(parameter.grad().defined()) << to_string(id);
    EXPECT_LT(gradient_error(program, x, parameter, parameter.grad()), 1e-6) << to_string(id);
  }
}

const DataType kDouble = DataType::kFloat64;

std::vector<Case> cases() {
  std::vector<Case> all;
  all.push_back({"Conv",
                 {make_node("Conv", "c", {"x", "w", "b"}, {"y"},
                            {make_attribute("pads", Ints{1, 0, 0, 1}),
                             make_attribute("strides", Ints{2, 1})})},
                 {1, 2, 5, 4},
                 {{"w", ramp({3, 2, 3, 2}, kDouble)}, {"b", ramp({3}, kDouble)}}});
  all.push_back({"ConvTranspose",
                 {make_node("ConvTranspose", "c", {"x", "w"}, {"y"},
                            {make_attribute("auto_pad", std::string("SAME_UPPER")),
                             make_attribute("strides", Ints{2, 2})})},
                 {1, 2, 3, 3},
                 {{"w", ramp({2, 2, 3, 3}, kDouble)}}});
  all.push_back(
      {"TransposedWeight",
       {make_node("Transpose", "t", {"w"}, {"wt"}), make_node("MatMul", "m", {"x", "wt"}, {"h"}),
        make_node("Erf", "e", {"h"}, {"y"})},
       {3, 4},
       {{"w", ramp({2, 4}, kDouble)}}});
  all.push_back(
      {"Gemm",
       {make_node("Gemm", "g", {"x", "w", "b"}, {"y"},
                  {make_attribute("alpha", 0.5F), make_attribute("transA", std::int64_t{1})})},
       {3, 2},
       {{"w", ramp({3, 4}, kDouble)}, {"b", ramp({4}, kDouble)}}});
  all.push_back({"LayerNormalization",
                 {make_node("LayerNormalization", "n", {"x", "s", "b"}, {"y"})},
                 {3, 5},
                 {{"s", ramp({5}, kDouble)}, {"b", ramp({5}, kDouble)}}});
  all.push_back({"LSTM",
                 {make_node("LSTM", "l", {"x", "w", "r", "b"}, {"y"},
                            {make_attribute("hidden_size", std::int64_t{2}),
                             make_attribute("direction", std::string("bidirectional"))})},
                 {3, 2, 3},
                 {{"w", ramp({2, 8, 3}, kDouble)},
                  {"r", ramp({2, 8, 2}, kDouble)},
                  {"b", ramp({2, 16}, kDouble)}}});
  all.push_back({"GRU",
                 {make_node("GRU", "g", {"x", "w", "r", "b"}, {"", "y"},
                            {make_attribute("hidden_size", std::int64_t{2})})},
                 {3, 2, 3},
                 {{"w", ramp({1, 6, 3}, kDouble)},
                  {"r", ramp({1, 6, 2}, kDouble)},
                  {"b", ramp({1, 12}, kDouble)}}});
  all.push_back({"SliceAndPad",
                 {make_node("Slice", "s", {"x", "from", "to", "axes", "steps"}, {"h"}),
                  make_node("Pad", "p", {"h", "pads"}, {"y"},
                            {make_attribute("mode", std::string("reflect"))})},
                 {2, 6},
                 {{"from", integers({-1})},
                  {"to", integers({0})},
                  {"axes", integers({1})},
                  {"steps", integers({-2})},
                  {"pads", integers({0, 1, 0, 2})}}});
  all.push_back({"ResizeLinear",
                 {make_node("Resize", "r", {"x", "", "scales"}, {"y"},
                            {make_attribute("mode", std::string("linear"))})},
                 {1, 1, 3, 4},
                 {{"scales", Tensor::from<float>({4}, {1, 1, 1.5F, 2})}}});
  all.push_back({"AveragePoolCeil",
                 {make_node("AveragePool", "p", {"x"}, {"y"},
                            {make_attribute("kernel_shape", Ints{2, 2}),
                             make_attribute("strides", Ints{2, 2}),
                             make_attribute("ceil_mode", std::int64_t{1})})},
                 {1, 2, 5, 5},
                 {}});
  all.push_back({"ReduceAndWhere",
                 {make_node("ReduceL2", "r", {"x"}, {"n"}, {make_attribute("axes", Ints{1})}),
                  make_node("Div", "d", {"x", "n"}, {"h"}), make_node("Abs", "a", {"h"}, {"u"}),
                  make_node("Pow", "p", {"u", "half"}, {"y"})},
                 {2, 3},
                 {{"half", Tensor::scalar<double>(1.5)}}});
  all.push_back({"GatherAndScatter",
                 {make_node("Gather", "g", {"x", "rows"}, {"h"}),
                  make_node("ScatterND", "s", {"h", "places", "h2"}, {"y"})},
                 {3, 2},
                 {{"rows", integers({2, 0, 2})},
                  {"places", Tensor::from<std::int64_t>({1, 1}, {1})},
                  {"h2", ramp({1, 2}, kDouble)}}});
  return all;
}

INSTANTIATE_TEST_SUITE_P(Operators, Gradients, testing::ValuesIn(cases()),
                         [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace gcompress::train
