// Gemm and MatMul, by sparse rows where a matrix is constant.
#include "gcompress/core/graph/operators/linear.h"

#include <Eigen/Core>
#include <algorithm>
#include <memory>

#include "gcompress/core/engine/operators/operator.h"
#include "gcompress/core/engine/threads.h"
#include "gcompress/core/kernels/cpu/tap_rows.h"

namespace gcompress::engine {
namespace {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using View = Eigen::Map<const Matrix>;

// y [samples, outputs] = x [samples, inputs] W^T + bias.
struct Dense {
  std::int64_t samples = 0, inputs = 0, outputs = 0;
  kernels::TapRows rows;
  std::vector<float> bias;  // [outputs]
  Fused fused;
  int threads = 1;

  // Scratch: inputs, outputs and what is added, transposed, where there are several samples.
  std::int64_t scratch() const {
    return samples == 1 ? 0 : samples * (inputs + outputs + (fused.add ? outputs : 0));
  }
};

// W [outputs, inputs], or its transpose, times `scale`.
kernels::TapRows rows_of(const std::vector<float>& weight, bool by_output, float scale,
                         const Dense& layer) {
  kernels::TapRows rows;
  for (std::int64_t o = 0; o < layer.outputs; ++o) {
    for (std::int64_t i = 0; i < layer.inputs; ++i) {
      const std::int64_t at = by_output ? o * layer.inputs + i : i * layer.outputs + o;
      const float value = scale * weight[static_cast<std::size_t>(at)];
      if (value != 0) rows.add_tap(static_cast<std::int32_t>(i * layer.samples), value);
    }
    rows.end_row();
  }
  return rows;
}

kernels::Epilogue epilogue_of(const Dense& layer) {
  return {.bias = layer.bias.data(), .low = layer.fused.low, .high = layer.fused.high};
}

template <typename Work>
void share_rows(const Dense& layer, const Work& work) {
  const std::int64_t pieces = std::min<std::int64_t>(layer.outputs, 4 * layer.threads);
  parallel(pieces, layer.threads, [&](std::int64_t piece, int) {
    work(kernels::RowRange{.begin = layer.outputs * piece / pieces,
                           .end = layer.outputs * (piece + 1) / pieces});
  });
}

void run_vector(const Dense& layer, const Call& call) {
  kernels::Epilogue epilogue = epilogue_of(layer);
  if (layer.fused.add) epilogue.add = call.inputs.back();
  epilogue.add_stride = 1;
  share_rows(layer, [&](kernels::RowRange range) {
    kernels::multiply_tap_rows_by_vector(layer.rows, range, call.inputs[0],
                                         call.outputs[0] + range.begin, 1, epilogue);
  });
}

void transpose(const float* from, std::int64_t rows, std::int64_t columns, float* to) {
  Eigen::Map<Matrix>(to, columns, rows) = View(from, rows, columns).transpose();
}

void run_samples(const Dense& layer, const Call& call) {
  float* x = call.scratch;
  float* y = x + layer.samples * layer.inputs;
  transpose(call.inputs[0], layer.samples, layer.inputs, x);
  kernels::Epilogue epilogue = epilogue_of(layer);
  if (layer.fused.add) {
    float* add = y + layer.samples * layer.outputs;
    transpose(call.inputs.back(), layer.samples, layer.outputs, add);
    epilogue.add = add;
    epilogue.add_stride = layer.samples;
  }
  share_rows(layer, [&](kernels::RowRange range) {
    kernels::multiply_tap_rows(layer.rows, range, x, layer.samples, y + range.begin * layer.samples,
                               layer.samples, epilogue);
  });
  transpose(y, layer.outputs, layer.samples, call.outputs[0]);
}

Kernel run_dense(std::shared_ptr<Dense> layer) {
  if (layer->rows.taps() * layer->samples < kWorthSharing) layer->threads = 1;
  const KernelFacts facts{
      .name = layer->samples == 1 ? "sparse rows by a vector" : "sparse rows, transposed input",
      .multiplications = layer->inputs * layer->outputs * layer->samples,
      .taps = layer->rows.taps()};
  if (layer->samples == 1) {
    return {[layer](const Call& call) { run_vector(*layer, call); }, 0, facts};
  }
  const std::int64_t scratch = layer->scratch();
  return {[layer](const Call& call) { run_samples(*layer, call); }, scratch, facts};
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
  auto layer = std::make_shared<Dense>();
  layer->samples = binding.inputs[0][0];
  layer->inputs = binding.inputs[0][1];
  layer->outputs = binding.outputs[0][1];
  layer->fused = binding.fused;
  layer->threads = binding.threads;
  layer->rows = rows_of(binding.floats(1), attributes.transpose_b, attributes.alpha, *layer);
  layer->bias = gemm_bias(binding, attributes.beta, layer->outputs);
  return run_dense(std::move(layer));
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
  auto layer = std::make_shared<Dense>();
  layer->inputs = a.back();
  layer->samples = element_count(a) / std::max<std::int64_t>(1, a.back());
  layer->outputs = binding.inputs[1][1];
  layer->fused = binding.fused;
  layer->threads = binding.threads;
  layer->rows = rows_of(binding.floats(1), false, 1, *layer);
  layer->bias.resize(static_cast<std::size_t>(layer->outputs));
  return run_dense(std::move(layer));
}

constexpr OperatorRow kRows[] = {{.op_type = "Gemm", .make = gemm, .takes_fused = true},
                                 {.op_type = "MatMul", .make = mat_mul}};

}  // namespace

std::span<const OperatorRow> linear_rows() { return kRows; }

}  // namespace gcompress::engine
