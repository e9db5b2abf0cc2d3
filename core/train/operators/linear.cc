// Matrix products.
#include <torch/torch.h>

#include "gcompress/core/train/operators/operator.h"

namespace gcompress::train {
namespace {

// alpha A' B' + beta C
Kernel gemm(const Binding& node) {
  const double alpha = node.number("alpha", 1);
  const double beta = node.number("beta", 1);
  const bool transpose_a = node.integer("transA", 0) != 0;
  const bool transpose_b = node.integer("transB", 0) != 0;
  if (alpha == 1 && beta == 1 && transpose_b && !transpose_a) {
    return one([](const Call& call) {
      const torch::Tensor& bias = call[2];
      if (!bias.defined()) return at::linear(call[0], call[1]);
      if (bias.dim() == 1) return at::linear(call[0], call[1], bias);
      return at::addmm(bias, call[0], call[1].t());
    });
  }
  return one([=](const Call& call) {
    const torch::Tensor a = transpose_a ? call[0].t() : call[0];
    const torch::Tensor b = transpose_b ? call[1].t() : call[1];
    if (!call.has(2) && alpha == 1) return at::mm(a, b);
    if (!a.is_floating_point()) {
      torch::Tensor product = at::mm(a, b) * static_cast<std::int64_t>(alpha);
      return call.has(2) ? product + call[2] * static_cast<std::int64_t>(beta) : product;
    }
    if (!call.has(2)) return at::mm(a, b) * alpha;
    return at::addmm(call[2], a, b, beta, alpha);
  });
}

Kernel matmul(const Binding&) {
  return one([](const Call& call) {
    const torch::ScalarType type = call[0].scalar_type();
    if (!is_wide_unsigned(type)) return at::matmul(call[0], call[1]);
    return at::matmul(widened(call[0]), widened(call[1])).to(type);
  });
}

Kernel einsum(const Binding& node) {
  const std::string equation = node.text("equation", "");
  return one([=](const Call& call) {
    std::vector<torch::Tensor> inputs;
    for (std::size_t i = 0; i < call.input_count(); ++i) inputs.push_back(call[i]);
    return at::einsum(equation, inputs);
  });
}

constexpr Row kRows[] = {
    {"", "Einsum", 12, einsum},
    {"", "Gemm", 7, gemm},
    {"", "MatMul", 1, matmul},
};

}  // namespace

std::span<const Row> linear_rows() { return kRows; }

}  // namespace gcompress::train
