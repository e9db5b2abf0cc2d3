// Comparison, logic and selection.
#include <torch/torch.h>

#include "gcompress/core/train/operators/operator.h"

namespace gcompress::train {
namespace {

template <torch::Tensor (*Function)(const torch::Tensor&, const torch::Tensor&)>
Kernel compare(const Binding&) {
  return one([](const Call& call) { return Function(widened(call[0]), widened(call[1])); });
}

torch::Tensor equal(const torch::Tensor& a, const torch::Tensor& b) { return at::eq(a, b); }
torch::Tensor greater(const torch::Tensor& a, const torch::Tensor& b) { return at::gt(a, b); }
torch::Tensor greater_or_equal(const torch::Tensor& a, const torch::Tensor& b) {
  return at::ge(a, b);
}
torch::Tensor less(const torch::Tensor& a, const torch::Tensor& b) { return at::lt(a, b); }
torch::Tensor less_or_equal(const torch::Tensor& a, const torch::Tensor& b) { return at::le(a, b); }
torch::Tensor logical_and(const torch::Tensor& a, const torch::Tensor& b) {
  return at::logical_and(a, b);
}
torch::Tensor logical_or(const torch::Tensor& a, const torch::Tensor& b) {
  return at::logical_or(a, b);
}
torch::Tensor logical_xor(const torch::Tensor& a, const torch::Tensor& b) {
  return at::logical_xor(a, b);
}

Kernel where(const Binding&) {
  return one([](const Call& call) { return at::where(call[0], call[1], call[2]); });
}

constexpr Row kRows[] = {
    {"", "And", 7, compare<logical_and>}, {"", "Equal", 7, compare<equal>},
    {"", "Greater", 7, compare<greater>}, {"", "GreaterOrEqual", 12, compare<greater_or_equal>},
    {"", "Less", 7, compare<less>},       {"", "LessOrEqual", 12, compare<less_or_equal>},
    {"", "Or", 7, compare<logical_or>},   {"", "Where", 9, where},
    {"", "Xor", 7, compare<logical_xor>},
};

}  // namespace

std::span<const Row> comparison_rows() { return kRows; }

}  // namespace gcompress::train
