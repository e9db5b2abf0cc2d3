// Roles by operator and input: a table.
#include "gcompress/core/graph/weight_roles.h"

#include <algorithm>
#include <array>

#include "gcompress/core/graph/operators/linear.h"

namespace gcompress::graph {
namespace {

using enum WeightRole;

struct RoleRow {
  const char* op_type;
  std::size_t input;
  WeightRole role;
};

// ONNX's own operators.
constexpr std::array kOnnxRoles = {
    RoleRow{"Conv", 1, kKernel},
    RoleRow{"Conv", 2, kBias},
    RoleRow{"ConvTranspose", 1, kKernel},
    RoleRow{"ConvTranspose", 2, kBias},
    RoleRow{"DeformConv", 1, kKernel},
    RoleRow{"DeformConv", 3, kBias},
    RoleRow{"ConvInteger", 1, kKernel},
    RoleRow{"QLinearConv", 3, kKernel},
    RoleRow{"QLinearConv", 8, kBias},
    RoleRow{"Gemm", 0, kMatrix},
    RoleRow{"Gemm", 1, kMatrix},
    RoleRow{"Gemm", 2, kBias},
    RoleRow{"MatMul", 0, kMatrix},
    RoleRow{"MatMul", 1, kMatrix},
    RoleRow{"MatMulInteger", 0, kMatrix},
    RoleRow{"MatMulInteger", 1, kMatrix},
    RoleRow{"QLinearMatMul", 0, kMatrix},
    RoleRow{"QLinearMatMul", 3, kMatrix},
    RoleRow{"LSTM", 1, kRecurrent},
    RoleRow{"LSTM", 2, kRecurrent},
    RoleRow{"LSTM", 3, kBias},
    RoleRow{"LSTM", 7, kScale},  // peepholes: multiplied elementwise
    RoleRow{"GRU", 1, kRecurrent},
    RoleRow{"GRU", 2, kRecurrent},
    RoleRow{"GRU", 3, kBias},
    RoleRow{"RNN", 1, kRecurrent},
    RoleRow{"RNN", 2, kRecurrent},
    RoleRow{"RNN", 3, kBias},
    RoleRow{"Gather", 0, kEmbedding},
    RoleRow{"BatchNormalization", 1, kScale},
    RoleRow{"BatchNormalization", 2, kShift},
    RoleRow{"InstanceNormalization", 1, kScale},
    RoleRow{"InstanceNormalization", 2, kShift},
    RoleRow{"GroupNormalization", 1, kScale},
    RoleRow{"GroupNormalization", 2, kShift},
    RoleRow{"LayerNormalization", 1, kScale},
    RoleRow{"LayerNormalization", 2, kShift},
    RoleRow{"RMSNormalization", 1, kScale},
    RoleRow{"SimplifiedLayerNormalization", 1, kScale},
    RoleRow{"PRelu", 1, kScale},
};

// ONNX Runtime's fused and quantized operators (com.microsoft).
constexpr std::array kMicrosoftRoles = {
    RoleRow{"FusedConv", 1, kKernel},
    RoleRow{"FusedConv", 2, kBias},
    RoleRow{"NhwcConv", 1, kKernel},
    RoleRow{"NhwcConv", 2, kBias},
    RoleRow{"FusedGemm", 0, kMatrix},
    RoleRow{"FusedGemm", 1, kMatrix},
    RoleRow{"FusedGemm", 2, kBias},
    RoleRow{"FusedMatMul", 0, kMatrix},
    RoleRow{"FusedMatMul", 1, kMatrix},
    RoleRow{"QGemm", 3, kMatrix},
    RoleRow{"QGemm", 6, kBias},
    RoleRow{"DynamicQuantizeMatMul", 1, kMatrix},
    RoleRow{"DynamicQuantizeMatMul", 4, kBias},
    RoleRow{"MatMulIntegerToFloat", 1, kMatrix},
    RoleRow{"MatMulIntegerToFloat", 6, kBias},
    RoleRow{"MatMulNBits", 1, kMatrix},
    RoleRow{"DynamicQuantizeLSTM", 1, kRecurrent},
    RoleRow{"DynamicQuantizeLSTM", 2, kRecurrent},
    RoleRow{"DynamicQuantizeLSTM", 3, kBias},
    RoleRow{"Attention", 1, kMatrix},
    RoleRow{"Attention", 2, kBias},
    RoleRow{"MultiHeadAttention", 3, kBias},
    RoleRow{"BiasGelu", 1, kBias},
    RoleRow{"FastGelu", 1, kBias},
    RoleRow{"SkipLayerNormalization", 2, kScale},
    RoleRow{"SkipLayerNormalization", 3, kShift},
    RoleRow{"SkipLayerNormalization", 4, kBias},
    RoleRow{"SkipSimplifiedLayerNormalization", 2, kScale},
    RoleRow{"SkipSimplifiedLayerNormalization", 3, kBias},
    RoleRow{"SimplifiedLayerNormalization", 1, kScale},
    RoleRow{"LayerNormalization", 1, kScale},
    RoleRow{"LayerNormalization", 2, kShift},
    RoleRow{"EmbedLayerNormalization", 2, kEmbedding},
    RoleRow{"EmbedLayerNormalization", 3, kEmbedding},
    RoleRow{"EmbedLayerNormalization", 4, kEmbedding},
    RoleRow{"EmbedLayerNormalization", 5, kScale},
    RoleRow{"EmbedLayerNormalization", 6, kShift},
};

template <std::size_t size>
std::optional<WeightRole> role_in(const std::array<RoleRow, size>& rows, const Node& node,
                                  std::size_t input) {
  const auto row = std::find_if(rows.begin(), rows.end(), [&](const RoleRow& candidate) {
    return candidate.input == input && node.op_type == candidate.op_type;
  });
  return row == rows.end() ? std::nullopt : std::optional(row->role);
}

// The one axis longer than 1; the last for a single element; -1 for several.
int only_long_axis(const Shape& shape) {
  int found = -1;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (shape[axis] == 1) continue;
    if (found >= 0) return -1;
    found = static_cast<int>(axis);
  }
  return found < 0 ? static_cast<int>(shape.size()) - 1 : found;
}

// Axes of a matrix operand: rows and columns are the last two axes; a batch of them stands before.
ChannelAxes matrix_axes(const Node& node, std::size_t input, const Shape& shape) {
  const int rank = static_cast<int>(shape.size());
  if (rank < 2) return {};
  ChannelAxes axes = input == 0 ? ChannelAxes{.output = rank - 2, .input = rank - 1}
                                : ChannelAxes{.output = rank - 1, .input = rank - 2};
  const GemmAttributes gemm = gemm_attributes(node);  // FusedMatMul has the same two
  if (input == 0 ? gemm.transpose_a : gemm.transpose_b) std::swap(axes.output, axes.input);
  return axes;
}

}  // namespace

std::optional<WeightRole> operator_role(const Node& node, std::size_t input) {
  if (node.domain.empty()) {
    return node.op_type == "Einsum" ? std::optional(kMatrix) : role_in(kOnnxRoles, node, input);
  }
  if (node.domain == "com.microsoft") return role_in(kMicrosoftRoles, node, input);
  return std::nullopt;
}

std::optional<WeightRole> arithmetic_role(const Node& node, std::size_t input) {
  if (!node.domain.empty()) return std::nullopt;
  if (node.op_type == "Add" || node.op_type == "Sub" || node.op_type == "Sum") return kBias;
  if (node.op_type == "Mul" || (node.op_type == "Div" && input == 1)) return kScale;
  return std::nullopt;
}

ChannelAxes channel_axes(const Node& node, std::size_t input, WeightRole role, const Shape& shape) {
  switch (role) {
    case kKernel:
      if (shape.size() < 2) return {};
      if (node.op_type == "NhwcConv") {
        return {.output = 0, .input = static_cast<int>(shape.size()) - 1};
      }
      if (node.op_type != "ConvTranspose") return {.output = 0, .input = 1};
      // With groups, axis 1 holds the outputs of one group only.
      return {.output = attribute_int(node, "group", 1) == 1 ? 1 : -1, .input = 0};
    case kMatrix:
      if (node.op_type == "Einsum") return {};
      // MatMulNBits keeps [outputs, blocks, bytes].
      if (node.op_type == "MatMulNBits") return {.output = 0, .input = -1};
      return matrix_axes(node, node.op_type == "QLinearMatMul" && input == 3 ? 1 : input, shape);
    case kEmbedding:
      return shape.size() == 2 ? ChannelAxes{.output = 1, .input = 0} : ChannelAxes{};
    case kRecurrent:
      return {};
    case kBias:
    case kScale:
    case kShift:
      return {.output = only_long_axis(shape), .input = -1};
  }
  return {};
}

}  // namespace gcompress::graph
