// Operation counts by operator: tables and formulas.
#include "gcompress/core/graph/operation_counts.h"

#include <algorithm>
#include <array>
#include <map>

#include "gcompress/core/graph/operators/pooling.h"
#include "gcompress/core/graph/operators/recurrent.h"
#include "gcompress/core/graph/shape_rules/einsum.h"

namespace gcompress::graph {
namespace {

// A count, or unknown; arithmetic keeps to what is known and fits.
using Count = std::optional<std::int64_t>;
constexpr std::int64_t kMost = std::int64_t{1} << 61;

Count times(Count a, Count b) {
  std::int64_t result = 0;
  if (!a || !b || __builtin_mul_overflow(*a, *b, &result) || result > kMost) return std::nullopt;
  return result;
}

struct Context {
  const Node& node;
  std::int64_t opset;
  const ValueLookup& value;

  const InferredValue* input(std::size_t i) const {
    return i < node.inputs.size() && !node.inputs[i].empty() ? value(node.inputs[i]) : nullptr;
  }
  const InferredValue* output() const {
    return node.outputs.empty() ? nullptr : value(node.outputs[0]);
  }
  bool has_input(std::size_t i) const { return i < node.inputs.size() && !node.inputs[i].empty(); }
};

// Elements of axes [first, last) of a value; last may exceed its rank.
Count elements(const InferredValue* value, std::size_t first = 0, std::size_t last = 1000) {
  if (value == nullptr || !value->shape) return std::nullopt;
  Count count = 1;
  for (std::size_t i = first; i < std::min(last, value->shape->size()); ++i) {
    const Dimension& dimension = (*value->shape)[i];
    count = times(count, dimension.known() ? Count(dimension.size) : std::nullopt);
  }
  return count;
}

Count dimension(const InferredValue* value, std::ptrdiff_t axis) {
  if (value == nullptr || !value->shape) return std::nullopt;
  const std::ptrdiff_t rank = std::ssize(*value->shape);
  if (axis < 0) axis += rank;
  if (axis < 0 || axis >= rank) return std::nullopt;
  const Dimension& found = (*value->shape)[static_cast<std::size_t>(axis)];
  return found.known() ? Count(found.size) : std::nullopt;
}

std::optional<OperationCount> counted(Count products, Count others) {
  if (!products || !others) return std::nullopt;
  return OperationCount{.products = *products, .others = *others};
}

// Every element of the kernel meets every output place of one channel, in every sample.
std::optional<OperationCount> convolution(const Context& c, std::size_t weight, std::size_t bias) {
  const Count outputs = elements(c.output());
  const Count each = elements(c.input(weight), 1);
  return counted(times(outputs, each), c.has_input(bias) ? outputs : Count(0));
}

// Every element of the kernel meets every input place of one channel, in every sample.
std::optional<OperationCount> transposed_convolution(const Context& c) {
  const Count inputs = elements(c.input(0));
  const Count each = elements(c.input(1), 1);
  return counted(times(inputs, each), c.has_input(2) ? elements(c.output()) : Count(0));
}

std::optional<OperationCount> matrix_product(const Context& c, const char* transpose,
                                             std::size_t bias) {
  const bool transposed = attribute_int(c.node, transpose, 0) != 0;
  const Count outputs = elements(c.output());
  const InferredValue* a = c.input(0);
  const bool vector = a != nullptr && a->shape && a->shape->size() == 1;
  const Count inner = dimension(a, transposed && !vector ? -2 : -1);
  return counted(times(outputs, inner), c.has_input(bias) ? outputs : Count(0));
}

// One multiplication less than inputs for every combination of all indices, and an addition.
std::optional<OperationCount> einsum(const Context& c) {
  const auto equation = parse_einsum(c.node);
  if (!equation) return std::nullopt;
  std::map<char, Count> sizes;
  for (std::size_t i = 0; i < equation->inputs.size(); ++i) {
    for (std::size_t axis = 0; axis < equation->inputs[i].size(); ++axis) {
      const Count size = dimension(c.input(i), static_cast<std::ptrdiff_t>(axis));
      Count& known = sizes[equation->inputs[i][axis]];
      if (!known || (size && *size > *known)) known = size;
    }
  }
  Count all = 1;
  for (const auto& [letter, size] : sizes) all = times(all, size);
  const auto factors = static_cast<std::int64_t>(equation->inputs.size()) - 1;
  return factors == 0 ? counted(0, all) : counted(times(all, factors), 0);
}

// For each step, sample and direction: both matrices, two biases, and three operations a gate unit
// (the sum of both products, the gate's function, its use).
std::optional<OperationCount> recurrent(const Context& c) {
  const Count features = dimension(c.input(0), 2);
  const Count steps = times(dimension(c.input(0), 0), dimension(c.input(0), 1));
  const Count hidden = dimension(c.input(2), 2);
  const Count directions = dimension(c.input(1), 0);
  if (!features || !hidden) return std::nullopt;
  const Count units =
      times(times(steps, directions), times(recurrent_gates(c.node.op_type), hidden));
  return counted(times(units, *features + *hidden), times(units, c.has_input(3) ? 5 : 3));
}

std::optional<OperationCount> window_pool(const Context& c) {
  Count each = 1;
  for (const std::int64_t size : pool_attributes(c.node).window.kernel) each = times(each, size);
  return counted(0, times(elements(c.output()), each));
}

// Neighbours of a pixel: none are computed with for nearest, 2 an axis for linear, 4 for cubic.
std::optional<OperationCount> resize(const Context& c) {
  const std::string mode = attribute_string(c.node, "mode", "nearest");
  if (mode == "nearest") return OperationCount{};
  const InferredValue* input = c.input(0);
  const InferredValue* output = c.output();
  if (input == nullptr || output == nullptr || !input->shape || !output->shape) return std::nullopt;
  std::int64_t neighbours = 1;
  for (std::size_t i = 0; i < std::min(input->shape->size(), output->shape->size()); ++i) {
    if ((*input->shape)[i] != (*output->shape)[i]) neighbours *= mode == "cubic" ? 4 : 2;
  }
  return counted(times(elements(output), neighbours), 0);
}

// Operations for each element of the output, or of the input.
struct ElementRow {
  const char* op_type;
  std::int64_t each;
  bool of_input = false;
};

constexpr std::array kElementRows = std::to_array<ElementRow>({
    {"Abs", 1},
    {"Add", 1},
    {"Acos", 1},
    {"Asin", 1},
    {"Atan", 1},
    {"BiasGelu", 2},
    {"Ceil", 1},
    {"Celu", 1},
    {"Clip", 1},
    {"Cos", 1},
    {"Cosh", 1},
    {"CumSum", 1},
    {"Div", 1},
    {"Elu", 1},
    {"Erf", 1},
    {"Exp", 1},
    {"FastGelu", 1},
    {"Floor", 1},
    {"Gelu", 1},
    {"HardSigmoid", 1},
    {"HardSwish", 1},
    {"LeakyRelu", 1},
    {"Log", 1},
    {"Max", 1},
    {"Mean", 1},
    {"Min", 1},
    {"Mish", 1},
    {"Mod", 1},
    {"Mul", 1},
    {"Neg", 1},
    {"PRelu", 1},
    {"Pow", 1},
    {"QuickGelu", 1},
    {"Reciprocal", 1},
    {"Relu", 1},
    {"Round", 1},
    {"Selu", 1},
    {"Sigmoid", 1},
    {"Sign", 1},
    {"Sin", 1},
    {"Softplus", 1},
    {"Softsign", 1},
    {"Sqrt", 1},
    {"Sub", 1},
    {"Sum", 1},
    {"Swish", 1},
    {"Tan", 1},
    {"Tanh", 1},
    {"ThresholdedRelu", 1},
    // Scale and shift; statistics are constants.
    {"BatchNormalization", 2},
    // Mean, squared deviation, its mean, division, scale, shift.
    {"GroupNormalization", 7},
    {"InstanceNormalization", 7},
    {"LayerNormalization", 7},
    {"RMSNormalization", 4},
    {"SimplifiedLayerNormalization", 4},
    {"SkipLayerNormalization", 8},
    {"SkipSimplifiedLayerNormalization", 5},
    {"LpNormalization", 3},
    {"MeanVarianceNormalization", 5},
    // Maximum, difference, exponential, sum, division.
    {"Softmax", 5},
    {"LogSoftmax", 5},
    {"QuantizeLinear", 2},
    {"DequantizeLinear", 2},
    {"DynamicQuantizeLinear", 4},
    {"QLinearAdd", 1},
    {"QLinearLeakyRelu", 1},
    {"QLinearMul", 1},
    {"QLinearSigmoid", 1},
    {"QLinearSoftmax", 5},
    {"GlobalAveragePool", 1, true},
    {"GlobalLpPool", 2, true},
    {"GlobalMaxPool", 1, true},
    {"QLinearGlobalAveragePool", 1, true},
    {"ReduceL1", 2, true},
    {"ReduceL2", 2, true},
    {"ReduceLogSum", 1, true},
    {"ReduceLogSumExp", 2, true},
    {"ReduceMax", 1, true},
    {"ReduceMean", 1, true},
    {"ReduceMin", 1, true},
    {"ReduceProd", 1, true},
    {"ReduceSum", 1, true},
    {"ReduceSumSquare", 2, true},
});

constexpr std::array kFree = std::to_array<const char*>({
    "And",
    "ArgMax",
    "ArgMin",
    "BitShift",
    "BitwiseAnd",
    "BitwiseNot",
    "BitwiseOr",
    "BitwiseXor",
    "Cast",
    "CastLike",
    "Concat",
    "Constant",
    "ConstantOfShape",
    "DepthToSpace",
    "Dropout",
    "Equal",
    "Expand",
    "EyeLike",
    "Flatten",
    "Gather",
    "GatherElements",
    "GatherND",
    "Greater",
    "GreaterOrEqual",
    "Hardmax",
    "Identity",
    "IsInf",
    "IsNaN",
    "Less",
    "LessOrEqual",
    "NonZero",
    "Not",
    "OneHot",
    "Or",
    "Pad",
    "QLinearConcat",
    "Range",
    "Reshape",
    "ReverseSequence",
    "Scatter",
    "ScatterElements",
    "ScatterND",
    "Shape",
    "Size",
    "Slice",
    "SpaceToDepth",
    "Split",
    "Squeeze",
    "Tile",
    "TopK",
    "Transpose",
    "Trilu",
    "Unsqueeze",
    "Where",
    "Xor",
});

// Arithmetic on integers is that of shapes and indices; 8-bit integers are quantized activations.
bool is_shape_arithmetic(const InferredValue* output) {
  if (output == nullptr) return false;
  return output->dtype == DataType::kInt64 || output->dtype == DataType::kInt32 ||
         output->dtype == DataType::kBool;
}

std::optional<OperationCount> elementwise(const Context& c) {
  const std::string& op = c.node.op_type;
  if (std::any_of(kFree.begin(), kFree.end(), [&](const char* name) { return op == name; })) {
    return OperationCount{};
  }
  const auto row =
      std::find_if(kElementRows.begin(), kElementRows.end(),
                   [&](const ElementRow& candidate) { return op == candidate.op_type; });
  if (row == kElementRows.end()) return std::nullopt;
  if (is_shape_arithmetic(c.output())) return OperationCount{};
  return counted(0, times(elements(row->of_input ? c.input(0) : c.output()), row->each));
}

}  // namespace

std::optional<OperationCount> count_operations(const Node& node, std::int64_t opset,
                                               const ValueLookup& value) {
  if (!node.domain.empty() && node.domain != "com.microsoft") return std::nullopt;
  const Context c{.node = node, .opset = opset, .value = value};
  const std::string& op = node.op_type;
  if (op == "Conv" || op == "FusedConv" || op == "ConvInteger") {
    return convolution(c, 1, op == "ConvInteger" ? 1000 : 2);
  }
  if (op == "QLinearConv") return convolution(c, 3, 8);
  if (op == "DeformConv") return convolution(c, 1, 3);
  if (op == "ConvTranspose") return transposed_convolution(c);
  if (op == "MatMul" || op == "FusedMatMul" || op == "MatMulInteger" || op == "QLinearMatMul") {
    return matrix_product(c, "transA", 1000);
  }
  if (op == "DynamicQuantizeMatMul") return matrix_product(c, "transA", 4);
  if (op == "MatMulIntegerToFloat" || op == "QGemm") return matrix_product(c, "transA", 6);
  if (op == "Gemm" || op == "FusedGemm") return matrix_product(c, "transA", 2);
  if (op == "Einsum") return einsum(c);
  if (recurrent_gates(op) > 0) return recurrent(c);
  if (op == "MaxPool" || op == "AveragePool" || op == "LpPool") return window_pool(c);
  if (op == "Resize" || op == "Upsample") return resize(c);
  return elementwise(c);
}

}  // namespace gcompress::graph
