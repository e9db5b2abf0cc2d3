// Conv, Gemm and MatMul, as ONNX Runtime has them on integers (QLinearConv, QGemm, QLinearMatMul,
// MatMulIntegerToFloat).
#include "gcompress/quantize/layers.h"

#include <array>

#include "gcompress/core/graph/operators/linear.h"
#include "gcompress/core/graph/operators/parameters.h"

namespace gcompress::quantize {
namespace {

using graph::Node;
using graph::ValueScope;

LayerCheck no(std::string why) { return {.layer = std::nullopt, .why = std::move(why)}; }

// Empty if the constant can be stored as int8.
std::string weight_problem(const Tensor& weight) {
  if (!weight.defined()) return "its weight is not constant";
  if (weight.dtype() != DataType::kFloat32) return "its weight is " + name_of(weight.dtype());
  if (weight.size() == 0) return "its weight is empty";
  return {};
}

// Takes the bias at that input if there is one; an empty reason if all is well.
std::string take_bias(const Node& node, std::size_t input, std::int64_t channels,
                      const ValueScope& constants, IntegerLayer& layer) {
  if (!graph::has_input(node, input)) return {};
  const Tensor bias = constants.constant(node.inputs[input]);
  if (!bias.defined()) return "its bias is not constant";
  if (bias.dtype() != DataType::kFloat32) return "its bias is " + name_of(bias.dtype());
  const bool a_row = bias.rank() >= 1 && bias.shape().back() == channels;
  if (bias.size() != channels || !a_row) return "its bias is not one number a channel";
  layer.bias = input;
  return {};
}

LayerCheck check_conv(const Node& node, const ValueScope& constants) {
  const Tensor weight = constants.constant(node.inputs.at(1));
  if (const std::string why = weight_problem(weight); !why.empty()) return no(why);
  IntegerLayer layer{.activations = {0}, .weight = 1, .axis = 0, .bias = {}, .float_output = false};
  const std::string why = take_bias(node, 2, weight.shape().front(), constants, layer);
  return why.empty() ? LayerCheck{.layer = layer, .why = {}} : no(why);
}

LayerCheck check_gemm(const Node& node, const ValueScope& constants) {
  const graph::GemmAttributes gemm = graph::gemm_attributes(node);
  if (gemm.alpha != 1 || (gemm.beta != 1 && graph::has_input(node, 2)) || gemm.transpose_a) {
    return no("it scales or transposes its input");
  }
  const Tensor weight = constants.constant(node.inputs.at(1));
  if (const std::string why = weight_problem(weight); !why.empty()) return no(why);
  IntegerLayer layer{.activations = {0},
                     .weight = 1,
                     .axis = gemm.transpose_b ? 0 : 1,
                     .bias = {},
                     .float_output = true};
  const std::int64_t channels = weight.shape()[static_cast<std::size_t>(layer.axis)];
  const std::string why = take_bias(node, 2, channels, constants, layer);
  return why.empty() ? LayerCheck{.layer = layer, .why = {}} : no(why);
}

LayerCheck check_matmul(const Node& node, const ValueScope& constants) {
  if (constants.constant(node.inputs.at(0)).defined()) return no("its weight stands on the left");
  const Tensor weight = constants.constant(node.inputs.at(1));
  IntegerLayer layer{
      .activations = {0}, .weight = {}, .axis = -1, .bias = {}, .float_output = true};
  if (!weight.defined()) {
    layer.activations.push_back(1);
    return {.layer = layer, .why = {}};
  }
  if (const std::string why = weight_problem(weight); !why.empty()) return no(why);
  layer.weight = 1;
  if (weight.rank() == 2) layer.axis = 1;
  return {.layer = layer, .why = {}};
}

struct LayerRow {
  const char* op_type;
  LayerCheck (*check)(const Node& node, const ValueScope& constants);  // null: never on integers
};

constexpr std::array kLayers = std::to_array<LayerRow>({
    {"Conv", check_conv},
    {"ConvTranspose", nullptr},
    {"DeformConv", nullptr},
    {"Einsum", nullptr},
    {"GRU", nullptr},
    {"Gemm", check_gemm},
    {"LSTM", nullptr},
    {"MatMul", check_matmul},
    {"RNN", nullptr},
});

}  // namespace

LayerCheck check_layer(const Node& node, const ValueScope& constants) {
  if (!node.domain.empty()) return no("");
  for (const LayerRow& row : kLayers) {
    if (node.op_type != row.op_type) continue;
    if (row.check == nullptr) return no("it has no static integer form");
    return row.check(node, constants);
  }
  return no("");
}

}  // namespace gcompress::quantize
