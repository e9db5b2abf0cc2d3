// Gemm and MatMul, by sparse rows where a matrix is constant.
#include "gcompress/core/graph/operators/linear.h"

#include <Eigen/Core>
#include <algorithm>
#include <memory>
#include <optional>

#include "gcompress/core/engine/operators/operator.h"
#include "gcompress/core/engine/threads.h"
#include "gcompress/core/engine/weight_rows.h"
#include "gcompress/core/kernels/cpu/sparse_columns.h"
#include "gcompress/core/kernels/cpu/transpose.h"

namespace gcompress::engine {
namespace {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using View = Eigen::Map<const Matrix>;

// y [samples, outputs] = x [samples, inputs] W^T + bias, by rows of W over columns of samples, or,
// for one sample or few, by products with vectors.
struct Dense {
  std::int64_t samples = 0, inputs = 0, outputs = 0;
  std::optional<WeightRows> rows;   // many samples
  kernels::TapRows taps;            // one, where most weights are zero
  kernels::SparseColumns by_input;  // one: for inputs of which many are zero
  std::vector<float> matrix;        // one or few, else: [outputs, inputs]
  std::vector<float> bias;          // [outputs]
  Fused fused;
  int threads = 1;

  // Scratch: inputs, outputs and what is added, a column a sample, where there are several.
  std::int64_t columns() const { return (samples + kLine - 1) / kLine * kLine; }
  std::int64_t scratch() const {
    return rows ? columns() * (inputs + outputs + (fused.add ? outputs : 0)) : 0;
  }
};

// What a weight takes, in units of one that is read in order for one sample, by trial on Zen 5:
// gathering its input; adding to its output; sixteen samples by code or by a loop
// (core/engine/weight_rows.h).
constexpr double kGathered = 9;
constexpr double kScattered = 13;
constexpr double kByCode = 8;
constexpr double kByLoop = 12.5;
constexpr std::int64_t kFewSamples = 8;

// All weights, read in order: each sample but the first costs a little less.
double in_order(const Dense& layer) {
  const double samples = 0.4 + 0.6 * static_cast<double>(layer.samples);
  return samples * static_cast<double>(layer.inputs * layer.outputs);
}

// W [outputs, inputs], or its transpose, times `scale`, as rows over columns that lie `column`
// apart.
kernels::TapRows rows_of(const std::vector<float>& weight, bool by_output, float scale,
                         const Dense& layer, std::int64_t column) {
  kernels::TapRows rows;
  for (std::int64_t o = 0; o < layer.outputs; ++o) {
    for (std::int64_t i = 0; i < layer.inputs; ++i) {
      const std::int64_t at = by_output ? o * layer.inputs + i : i * layer.outputs + o;
      const float value = scale * weight[static_cast<std::size_t>(at)];
      if (value != 0) rows.add_tap(static_cast<std::int32_t>(i * column), value);
    }
    rows.end_row();
  }
  return rows;
}

// True if so many inputs are zero (images' margins, what ReLUs cut off) that going through the
// others' weights is faster than through all outputs'.
bool skips_zeros(const Dense& layer, const float* x) {
  if (layer.by_input.begin.empty()) return false;
  const auto kept = static_cast<double>(layer.by_input.values.size());
  const auto zeros = static_cast<double>(std::count(x, x + layer.inputs, 0.0F));
  const double left = kept * (1 - zeros / static_cast<double>(layer.inputs));
  const double otherwise =
      layer.matrix.empty() ? kGathered * kept : static_cast<double>(layer.matrix.size());
  return kScattered * left * layer.threads < otherwise;
}

void run_few(const Dense& layer, const Call& call) {
  const kernels::Epilogue epilogue{.bias = layer.bias.data(),
                                   .add = layer.fused.add ? call.inputs.back() : nullptr,
                                   .add_stride = 1,
                                   .low = layer.fused.low,
                                   .high = layer.fused.high};
  if (skips_zeros(layer, call.inputs[0])) {
    return kernels::multiply_columns_by_vector(layer.by_input, call.inputs[0], call.outputs[0],
                                               epilogue);
  }
  parallel_ranges(layer.outputs, layer.threads, [&](std::int64_t begin, std::int64_t end) {
    if (layer.matrix.empty()) {
      kernels::multiply_tap_rows_by_vector(layer.taps, {begin, end}, call.inputs[0],
                                           call.outputs[0] + begin, 1, epilogue);
    } else {
      kernels::multiply_matrix_by_vectors(layer.matrix.data(), layer.inputs, {begin, end},
                                          layer.samples, call.inputs[0], call.outputs[0],
                                          layer.outputs, epilogue);
    }
  });
}

void run_samples(const Dense& layer, const Call& call) {
  const std::int64_t columns = layer.columns();
  float* x = call.scratch;
  float* y = x + columns * layer.inputs;
  float* add = layer.fused.add ? y + columns * layer.outputs : nullptr;
  kernels::transpose(call.inputs[0], layer.samples, layer.inputs, x, columns);
  if (add != nullptr) {
    kernels::transpose(call.inputs.back(), layer.samples, layer.outputs, add, columns);
  }
  parallel_ranges(layer.rows->units(), layer.threads, [&](std::int64_t begin, std::int64_t end) {
    layer.rows->run(begin, end, {.x = x, .y = y, .add = add});
  });
  kernels::transpose_back(y, columns, layer.samples, layer.outputs, call.outputs[0]);
}

// W, or its transpose, times `scale`, row-major.
std::vector<float> matrix_of(const Dense& layer, const std::vector<float>& weight, bool by_output,
                             float scale) {
  std::vector<float> matrix(weight.size());
  for (std::int64_t o = 0; o < layer.outputs; ++o) {
    for (std::int64_t i = 0; i < layer.inputs; ++i) {
      const std::int64_t at = by_output ? o * layer.inputs + i : i * layer.outputs + o;
      matrix[static_cast<std::size_t>(o * layer.inputs + i)] =
          scale * weight[static_cast<std::size_t>(at)];
    }
  }
  return matrix;
}

// Fields but those that follow from the weight are set.
Kernel make_dense(std::shared_ptr<Dense> layer, const std::vector<float>& weight, bool by_output,
                  float scale, std::int64_t network_taps) {
  const auto kept =
      static_cast<double>(weight.size()) - static_cast<double>(std::ranges::count(weight, 0.0F));
  KernelFacts facts{.name = {},
                    .multiplications = layer->inputs * layer->outputs * layer->samples,
                    .taps = static_cast<std::int64_t>(kept)};
  const bool one = layer->samples == 1;
  const bool near = network_taps <= WeightRows::kNearTaps;
  const double by_taps = kept * (one ? kGathered : near ? kByCode : kByLoop);
  const bool few = one || (layer->samples <= kFewSamples && in_order(*layer) < by_taps);
  const bool reads_all = few && in_order(*layer) <= by_taps;
  const double work =
      few ? std::min(in_order(*layer), by_taps) : kept * static_cast<double>(layer->samples);
  // Weights that are read once take as long as two multiplications of those that many samples
  // share.
  const double worth = static_cast<double>(few ? kWorthSharing / 2 : kWorthSharing);
  if (work < worth) layer->threads = 1;
  if (!few) {
    layer->rows.emplace(rows_of(weight, by_output, scale, *layer, layer->columns()), layer->bias,
                        WeightRows::Setting{.lines = layer->columns() / kLine,
                                            .y_stride = layer->columns(),
                                            .add = layer->fused.add,
                                            .low = layer->fused.low,
                                            .high = layer->fused.high,
                                            .network_taps = network_taps});
    facts.name = layer->rows->name() + ", transposed input";
    const std::int64_t scratch = layer->scratch();
    return {[layer](const Call& call) { run_samples(*layer, call); }, scratch, facts};
  }
  if (reads_all) layer->matrix = matrix_of(*layer, weight, by_output, scale);
  if (one && (!reads_all || kScattered * kept < 2 * in_order(*layer))) {
    layer->taps = rows_of(weight, by_output, scale, *layer, 1);
    layer->by_input = kernels::columns_of(layer->taps, layer->inputs);
    if (reads_all) layer->taps = {};
  }
  facts.name = reads_all ? "matrix by a vector" : "sparse rows by a vector";
  return {[layer](const Call& call) { run_few(*layer, call); }, 0, facts};
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
  layer->bias = gemm_bias(binding, attributes.beta, layer->outputs);
  return make_dense(std::move(layer), binding.floats(1), attributes.transpose_b, attributes.alpha,
                    binding.network_taps);
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
  layer->bias.resize(static_cast<std::size_t>(layer->outputs));
  return make_dense(std::move(layer), binding.floats(1), false, 1, binding.network_taps);
}

constexpr OperatorRow kRows[] = {{.op_type = "Gemm", .make = gemm, .takes_fused = true},
                                 {.op_type = "MatMul", .make = mat_mul}};

}  // namespace

std::span<const OperatorRow> linear_rows() { return kRows; }

}  // namespace gcompress::engine
