// Shapes of matrix products.
#include "gcompress/core/graph/operators/linear.h"

#include <array>
#include <map>

#include "gcompress/core/graph/shape_rules/einsum.h"
#include "gcompress/core/graph/shape_rules/rule.h"

namespace gcompress::graph {
namespace {

[[noreturn]] void fail_to_multiply(const RuleContext& context, const Dimensions& a,
                                   const Dimensions& b, std::size_t input) {
  context.fail(
      "matrices of shapes " + to_string(a) + " and " + to_string(b) + " cannot be multiplied",
      context.input_name(input));
}

// numpy.matmul of inputs a and b.
void multiply(RuleContext& context, std::size_t a_input, std::size_t b_input, DataType dtype) {
  context.set_dtype(0, dtype);
  const Dimensions* a_shape = context.shape_of_rank(a_input, 1);
  const Dimensions* b_shape = context.shape_of_rank(b_input, 1);
  if (a_shape == nullptr || b_shape == nullptr) return;
  Dimensions a = *a_shape;
  Dimensions b = *b_shape;
  // FusedMatMul.
  const GemmAttributes gemm = gemm_attributes(context.node());
  if (gemm.transpose_a && a.size() > 1) std::swap(a[a.size() - 1], a[a.size() - 2]);
  if (gemm.transpose_b && b.size() > 1) std::swap(b[b.size() - 1], b[b.size() - 2]);
  // A vector counts as a row on the left and as a column on the right.
  const bool row = a.size() == 1;
  const bool column = b.size() == 1;
  if (row) a.insert(a.begin(), known_dimension(1));
  if (column) b.push_back(known_dimension(1));
  const auto batch = broadcast({a.begin(), a.end() - 2}, {b.begin(), b.end() - 2});
  if (!batch || !merged(a.back(), b[b.size() - 2])) {
    fail_to_multiply(context, *a_shape, *b_shape, b_input);
  }
  Dimensions output = *batch;
  if (!row) output.push_back(a[a.size() - 2]);
  if (!column) output.push_back(b.back());
  context.set(0, dtype, std::move(output));
}

void matmul(RuleContext& context) { multiply(context, 0, 1, context.dtype(0)); }
void matmul_integer(RuleContext& context) { multiply(context, 0, 1, DataType::kInt32); }
void qlinear_matmul(RuleContext& context) { multiply(context, 0, 3, context.dtype(7)); }
void matmul_to_float(RuleContext& context) { multiply(context, 0, 1, DataType::kFloat32); }

void multiply_gemm(RuleContext& context, std::size_t b_input, DataType dtype) {
  context.set_dtype(0, dtype);
  const Dimensions* a = context.shape(0);
  const Dimensions* b = context.shape(b_input);
  if (a == nullptr || b == nullptr) return;
  if (a->size() != 2 || b->size() != 2) fail_to_multiply(context, *a, *b, b_input);
  const GemmAttributes gemm = gemm_attributes(context.node());
  const Dimension& inner_a = (*a)[gemm.transpose_a ? 0 : 1];
  const Dimension& inner_b = (*b)[gemm.transpose_b ? 1 : 0];
  if (!merged(inner_a, inner_b)) fail_to_multiply(context, *a, *b, b_input);
  context.set(0, dtype, {(*a)[gemm.transpose_a ? 1 : 0], (*b)[gemm.transpose_b ? 0 : 1]});
}

void gemm(RuleContext& context) { multiply_gemm(context, 1, context.dtype(0)); }
void qgemm(RuleContext& context) {
  multiply_gemm(context, 3, context.input(8) == nullptr ? DataType::kFloat32 : context.dtype(8));
}

void einsum(RuleContext& context) {
  context.set_dtype(0, context.dtype(0));
  const auto equation = parse_einsum(context.node());
  if (!equation) return;
  std::map<char, Dimension> sizes;
  for (std::size_t i = 0; i < equation->inputs.size(); ++i) {
    const Dimensions* shape = context.shape(i);
    if (shape == nullptr) return;
    if (shape->size() != equation->inputs[i].size()) {
      context.fail("the equation names " + std::to_string(equation->inputs[i].size()) +
                       " axes of an input of shape " + to_string(*shape),
                   context.input_name(i));
    }
    for (std::size_t axis = 0; axis < shape->size(); ++axis) {
      const auto [found, is_new] = sizes.emplace(equation->inputs[i][axis], (*shape)[axis]);
      // A size of 1 broadcasts.
      auto both = broadcast({found->second}, {(*shape)[axis]});
      if (!both) {
        context.fail(std::string("the axis '") + found->first + "' has different sizes",
                     context.input_name(i));
      }
      found->second = both->front();
    }
  }
  Dimensions output;
  for (const char letter : equation->output) output.push_back(sizes[letter]);
  context.set(0, context.dtype(0), std::move(output));
}

constexpr std::array kRules = std::to_array<ShapeRuleRow>({
    {"DynamicQuantizeMatMul", matmul_to_float},
    {"Einsum", einsum},
    {"FusedGemm", gemm},
    {"FusedMatMul", matmul},
    {"Gemm", gemm},
    {"MatMul", matmul},
    {"MatMulInteger", matmul_integer},
    {"MatMulIntegerToFloat", matmul_to_float},
    {"QGemm", qgemm},
    {"QLinearMatMul", qlinear_matmul},
});

}  // namespace

std::span<const ShapeRuleRow> linear_shape_rules() { return kRules; }

}  // namespace gcompress::graph
