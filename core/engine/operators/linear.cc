// Gemm and MatMul: linear layers where a matrix is constant.
#include "gcompress/core/graph/operators/linear.h"

#include <Eigen/Core>
#include <algorithm>
#include <utility>
#include <vector>

#include "gcompress/core/engine/linear_layer.h"
#include "gcompress/core/engine/operators/operator.h"
#include "gcompress/core/engine/threads.h"

namespace gcompress::engine {
namespace {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using View = Eigen::Map<const Matrix>;

// W [outputs, inputs], or its transpose, times `scale`, as rows over inputs.
kernels::TapRows rows_of(const std::vector<float>& weight, bool by_output, float scale,
                         const LinearLayer& layer) {
  kernels::TapRows rows;
  for (std::int64_t o = 0; o < layer.outputs; ++o) {
    for (std::int64_t i = 0; i < layer.inputs; ++i) {
      const std::int64_t at = by_output ? o * layer.inputs + i : i * layer.outputs + o;
      const float value = scale * weight[static_cast<std::size_t>(at)];
      if (value != 0) rows.add_tap(static_cast<std::int32_t>(i), value);
    }
    rows.end_row();
  }
  return rows;
}

// C as one number an output; a bias of any other shape is not a layer's.
std::vector<float> gemm_bias(const Binding& binding, float beta, std::int64_t outputs) {
  std::vector<float> bias(static_cast<std::size_t>(outputs));
  if (binding.node.inputs.size() < 3 || binding.node.inputs[2].empty()) return bias;
  if (!binding.is_constant(2)) binding.unsupported("a bias that is not constant");
  const std::vector<float> given = binding.floats(2);
  if (given.size() != 1 && given.size() != bias.size()) {
    binding.unsupported("a bias that is not one number an output");
  }
  if (given.size() > 1 && binding.constants[2].shape().back() != outputs) {
    binding.unsupported("a bias that lies along the samples");
  }
  for (std::size_t i = 0; i < bias.size(); ++i) bias[i] = beta * given[given.size() == 1 ? 0 : i];
  return bias;
}

Kernel gemm(const Binding& binding) {
  const graph::GemmAttributes attributes = graph::gemm_attributes(binding.node);
  if (attributes.transpose_a) binding.unsupported("a transposed first matrix");
  if (!binding.is_constant(1)) binding.unsupported("a second matrix that is not constant");
  LinearLayer layer{.samples = binding.inputs[0][0],
                    .inputs = binding.inputs[0][1],
                    .outputs = binding.outputs[0][1],
                    .fused = binding.fused,
                    .threads = binding.threads,
                    .network_taps = binding.network_taps};
  layer.bias = gemm_bias(binding, attributes.beta, layer.outputs);
  layer.taps = rows_of(binding.floats(1), attributes.transpose_b, attributes.alpha, layer);
  return linear_kernel(std::move(layer));
}

// Batches of both, where the second may be one matrix for all.
Kernel multiply_values(const Binding& binding) {
  const Shape& a = binding.inputs[0];
  const Shape& b = binding.inputs[1];
  if (a.size() < 2 || b.size() < 2) binding.unsupported("a vector");
  const std::int64_t m = a[a.size() - 2];
  const std::int64_t k = a.back();
  const std::int64_t n = b.back();
  const std::int64_t batches = element_count(a) / std::max<std::int64_t>(1, m * k);
  const std::int64_t seconds = element_count(b) / std::max<std::int64_t>(1, k * n);
  const bool alike = Shape(a.begin(), a.end() - 2) == Shape(b.begin(), b.end() - 2);
  if (!alike && seconds != 1) binding.unsupported("batches that are spread over others");
  const std::vector<float> left = binding.is_constant(0) ? binding.floats(0) : std::vector<float>();
  const std::vector<float> right =
      binding.is_constant(1) ? binding.floats(1) : std::vector<float>();
  return [=, threads = binding.threads](const Call& call) {
    const float* x = left.empty() ? call.inputs[0] : left.data();
    const float* y = right.empty() ? call.inputs[1] : right.data();
    parallel(batches, threads, [&](std::int64_t i, int) {
      const View first(x + i * m * k, m, k);
      const View second(y + (seconds == 1 ? 0 : i) * k * n, k, n);
      Eigen::Map<Matrix>(call.outputs[0] + i * m * n, m, n).noalias() = first * second;
    });
  };
}

Kernel mat_mul(const Binding& binding) {
  const Shape& a = binding.inputs[0];
  if (!binding.is_constant(1) || binding.inputs[1].size() != 2 || a.size() < 2) {
    return multiply_values(binding);
  }
  LinearLayer layer{.samples = element_count(a) / std::max<std::int64_t>(1, a.back()),
                    .inputs = a.back(),
                    .outputs = binding.inputs[1][1],
                    .fused = binding.fused,
                    .threads = binding.threads,
                    .network_taps = binding.network_taps};
  layer.bias.resize(static_cast<std::size_t>(layer.outputs));
  layer.taps = rows_of(binding.floats(1), false, 1, layer);
  return linear_kernel(std::move(layer));
}

constexpr OperatorRow kRows[] = {{.op_type = "Gemm", .make = gemm, .takes_fused = true},
                                 {.op_type = "MatMul", .make = mat_mul}};

}  // namespace

std::span<const OperatorRow> linear_rows() { return kRows; }

}  // namespace gcompress::engine
