// Elementwise functions of one input that are not activations: rounding, roots, trigonometry.
#include <torch/torch.h>

#include "gcompress/core/train/operators/operator.h"

namespace gcompress::train {
namespace {

template <torch::Tensor (*Function)(const torch::Tensor&)>
Kernel unary(const Binding&) {
  return one([](const Call& call) { return Function(call[0]); });
}

// Signed integers pass, unsigned wide ones go through int64.
template <torch::Tensor (*Function)(const torch::Tensor&)>
Kernel widened_unary(const Binding&) {
  return one([](const Call& call) { return Function(widened(call[0])).to(call[0].scalar_type()); });
}

Kernel identity(const Binding&) {
  return one([](const Call& call) { return call[0]; });
}

Kernel cast(const Binding& node) {
  const torch::ScalarType type = scalar_type_attribute(node, "to", DataType::kUndefined);
  return one([=](const Call& call) { return call[0].to(type); });
}

Kernel cast_like(const Binding&) {
  return one([](const Call& call) { return call[0].to(call[1].scalar_type()); });
}

Kernel is_infinite(const Binding& node) {
  const bool positive = node.integer("detect_positive", 1) != 0;
  const bool negative = node.integer("detect_negative", 1) != 0;
  return one([=](const Call& call) {
    if (positive && negative) return at::isinf(call[0]);
    if (positive) return at::isposinf(call[0]);
    if (negative) return at::isneginf(call[0]);
    return at::zeros_like(call[0], torch::kBool);
  });
}

constexpr Row kRows[] = {
    {"", "Abs", 1, widened_unary<at::abs>},
    {"", "Acos", 7, unary<at::acos>},
    {"", "Acosh", 9, unary<at::acosh>},
    {"", "Asin", 7, unary<at::asin>},
    {"", "Asinh", 9, unary<at::asinh>},
    {"", "Atan", 7, unary<at::atan>},
    {"", "Atanh", 9, unary<at::atanh>},
    {"", "BitwiseNot", 18, widened_unary<at::bitwise_not>},
    {"", "Cast", 1, cast},
    {"", "CastLike", 15, cast_like},
    {"", "Ceil", 1, unary<at::ceil>},
    {"", "Cos", 7, unary<at::cos>},
    {"", "Cosh", 9, unary<at::cosh>},
    {"", "Det", 11, unary<at::linalg_det>},
    {"", "Erf", 9, unary<at::erf>},
    {"", "Exp", 1, unary<at::exp>},
    {"", "Floor", 1, unary<at::floor>},
    {"", "Identity", 1, identity},
    {"", "IsInf", 10, is_infinite},
    {"", "IsNaN", 9, unary<at::isnan>},
    {"", "Log", 1, unary<at::log>},
    {"", "Neg", 1, widened_unary<at::neg>},
    {"", "Not", 1, unary<at::logical_not>},
    {"", "Reciprocal", 1, unary<at::reciprocal>},
    {"", "Round", 11, unary<at::round>},
    {"", "Sign", 9, widened_unary<at::sign>},
    {"", "Sin", 7, unary<at::sin>},
    {"", "Sinh", 9, unary<at::sinh>},
    {"", "Sqrt", 1, unary<at::sqrt>},
    {"", "Tan", 7, unary<at::tan>},
};

}  // namespace

std::span<const Row> unary_rows() { return kRows; }

}  // namespace gcompress::train
