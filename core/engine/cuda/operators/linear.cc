// Gemm and MatMul: a constant matrix by sparse or dense kernels, two values by dense ones.
#include "gcompress/core/graph/operators/linear.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "gcompress/core/engine/cuda/operators/dense.h"
#include "gcompress/core/engine/cuda/operators/operator.h"
#include "gcompress/core/kernels/cuda/bitmap_spmm/launch.h"
#include "gcompress/core/kernels/cuda/elementwise/launch.h"
#include "gcompress/core/kernels/cuda/skinny_spmm/config.h"
#include "gcompress/core/kernels/cuda/skinny_spmm/launch.h"
#include "gcompress/core/kernels/cuda/tensor_launch.h"
#include "gcompress/core/kernels/cuda/two_four_spmm/launch.h"

namespace gcompress::engine::gpu {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

// y [samples][outputs] = clamp(x [samples][inputs] w^T + bias + what is added).
struct Layer {
  int samples = 0;
  int inputs = 0;
  int outputs = 0;
  std::vector<float> weight;                       // [outputs][inputs]
  std::shared_ptr<const cuda::Array<float>> bias;  // or null
  Fused fused;

  cuda::DenseMatrix matrix() const { return {weight, outputs, inputs}; }
  LinearSize size() const {
    return {
        .rows = outputs,
        .columns = inputs,
        .samples = samples,
        .nonzeros = static_cast<std::int64_t>(weight.size()) - std::ranges::count(weight, 0.0F)};
  }
};

// What the sparse kernels, which add nothing, leave to do: adding, then bounds.
struct Ending {
  Fused fused;
  int count = 0;

  float low() const { return fused.add ? -kInfinity : fused.low; }  // of the kernel before
  float high() const { return fused.add ? kInfinity : fused.high; }
  void run(const Call& call) const {
    if (!fused.add) return;
    cuda::elementwise::finish({.y = call.output,
                               .residual = call.inputs.back(),
                               .count = count,
                               .low = fused.low,
                               .high = fused.high},
                              call.stream);
  }
};

Ending ending_of(const Layer& layer) {
  return {.fused = layer.fused, .count = layer.samples * layer.outputs};
}

const float* address(const std::shared_ptr<const cuda::Array<float>>& values) {
  return values ? values->data() : nullptr;
}

template <class Device, class Packed>
std::shared_ptr<const Device> to_device(const Packed& packed, Maker& maker) {
  maker.count(packed.bytes());
  return std::make_shared<const Device>(packed);
}

Kernel skinny(const Layer& layer, Maker& maker) {
  namespace skinny_spmm = cuda::skinny_spmm;
  const auto weight = to_device<skinny_spmm::DeviceMatrix>(
      skinny_spmm::pack(layer.matrix(), cuda::ValueType::kFloat), maker);
  return {.run = [weight, bias = layer.bias, end = ending_of(layer), samples = layer.samples,
                  inputs = layer.inputs, outputs = layer.outputs](const Call& call) {
    for (int n = 0; n < samples; n += skinny_spmm::kMaxSamples) {
      skinny_spmm::multiply(*weight,
                            {.x = call.inputs[0] + std::int64_t{n} * inputs,
                             .y = call.output + std::int64_t{n} * outputs,
                             .samples = std::min(skinny_spmm::kMaxSamples, samples - n),
                             .x_stride = inputs,
                             .y_stride = outputs,
                             .bias = address(bias),
                             .low = end.low(),
                             .high = end.high()},
                            call.stream);
    }
    end.run(call);
  }};
}

Kernel dense(const Layer& layer, Maker& maker) {
  const auto weight = maker.keep(layer.weight);
  const cuda::dense_product::Product fixed{
      .m = layer.samples,
      .n = layer.outputs,
      .k = layer.inputs,
      .a = {.row_step = layer.inputs},
      .b = {.values = weight->data(), .row_step = 1, .column_step = layer.inputs},
      .column_bias = address(layer.bias),
      .low = layer.fused.low,
      .high = layer.fused.high};
  return {.run = [weight, bias = layer.bias, fixed, add = layer.fused.add,
                  library = maker.chooser().library()](const Call& call) {
    cuda::dense_product::Product product = fixed;
    product.a.values = call.inputs[0];
    product.y = call.output;
    product.residual = add ? call.inputs.back() : nullptr;
    multiply_dense(library, product, call.stream);
  }};
}

// On tensor cores, x and w rounded to fp16. Scratch: x in fp16, then the sums of parts.
template <class Device, auto kMultiply, class Packed>
Kernel tensor(const Layer& layer, const Packed& packed, Maker& maker) {
  constexpr int kAligned = 8;  // elements of 16 bytes
  const auto weight = to_device<Device>(packed, maker);
  const int columns = (layer.inputs + kAligned - 1) / kAligned * kAligned;
  const std::int64_t halves = (std::int64_t{layer.samples} * columns + 1) / 2;  // in floats
  const int parts = cuda::tensor_tile::suggested_parts(layer.outputs, layer.inputs, layer.samples,
                                                       maker.chooser().multiprocessors());
  const std::int64_t sums =
      parts > 1 ? std::int64_t{parts} * layer.samples * layer.outputs : std::int64_t{0};
  return {.run =
              [weight, bias = layer.bias, end = ending_of(layer), samples = layer.samples,
               inputs = layer.inputs, outputs = layer.outputs, columns, halves,
               parts](const Call& call) {
                auto* x = reinterpret_cast<std::uint16_t*>(call.scratch);
                cuda::elementwise::to_half(call.inputs[0], x, samples, inputs, inputs, columns,
                                           call.stream);
                kMultiply(*weight,
                          {.x = x,
                           .y = call.output,
                           .samples = samples,
                           .x_stride = columns,
                           .y_stride = outputs,
                           .bias = address(bias),
                           .low = end.low(),
                           .high = end.high()},
                          {.count = parts, .sums = parts > 1 ? call.scratch + halves : nullptr},
                          call.stream);
                end.run(call);
              },
          .scratch = halves + sums};
}

Kernel choose(const Layer& layer, Maker& maker) {
  Chooser& chooser = maker.chooser();
  const LinearSize size = layer.size();
  const Machine& machine = chooser.machine();
  std::vector<Candidate> candidates = {
      {"skinny spmm", predict_skinny(machine, size), [&] { return skinny(layer, maker); }},
      {dense_name(chooser),
       predict_product(machine, {.m = layer.samples, .n = layer.outputs, .k = layer.inputs},
                       chooser.library() != nullptr),
       [&] { return dense(layer, maker); }}};
  if (chooser.half()) {
    namespace bitmap = cuda::bitmap_spmm;
    namespace two_four = cuda::two_four_spmm;
    candidates.push_back({"bitmap spmm", predict_bitmap(machine, size, false), [&] {
                            return tensor<bitmap::DeviceMatrix, bitmap::multiply>(
                                layer, bitmap::pack(layer.matrix(), cuda::ValueType::kHalf), maker);
                          }});
    candidates.push_back({"two-four spmm", predict_bitmap(machine, size, true), [&] {
                            return tensor<two_four::DeviceMatrix, two_four::multiply>(
                                layer, two_four::pack(layer.matrix()), maker);
                          }});
  }
  constexpr double kPercent = 100;
  const double density =
      static_cast<double>(size.nonzeros) / std::max(1.0, static_cast<double>(layer.weight.size()));
  const std::string key =
      fmt::format("linear {} x {} x {}, {:.0f}%, {}", layer.outputs, layer.inputs, layer.samples,
                  kPercent * density, layer.fused.add);
  TrialSizes trial{.inputs = {std::int64_t{layer.samples} * layer.inputs},
                   .output = std::int64_t{layer.samples} * layer.outputs};
  if (layer.fused.add) trial.inputs.push_back(trial.output);
  return chooser.choose(key, std::move(candidates), trial);
}

// W, or its transpose, times `scale`, as [outputs][inputs].
std::vector<float> by_outputs(const std::vector<float>& weight, bool by_output, float scale,
                              int outputs, int inputs) {
  std::vector<float> matrix(weight.size());
  for (int o = 0; o < outputs; ++o) {
    for (int i = 0; i < inputs; ++i) {
      const std::int64_t at =
          by_output ? std::int64_t{o} * inputs + i : std::int64_t{i} * outputs + o;
      matrix[static_cast<std::size_t>(o) * static_cast<std::size_t>(inputs) +
             static_cast<std::size_t>(i)] = scale * weight[static_cast<std::size_t>(at)];
    }
  }
  return matrix;
}

// C as one number an output; a bias of any other shape is not a layer's.
std::vector<float> gemm_bias(const Binding& binding, float beta, int outputs) {
  if (binding.node.inputs.size() < 3 || binding.node.inputs[2].empty()) return {};
  if (!binding.is_constant(2)) binding.unsupported("a bias that is not constant");
  const std::vector<float> given = binding.floats(2);
  std::vector<float> bias(static_cast<std::size_t>(outputs));
  if (given.size() != 1 && given.size() != bias.size()) {
    binding.unsupported("a bias that is not one number an output");
  }
  if (given.size() > 1 && binding.constants[2].shape().back() != outputs) {
    binding.unsupported("a bias that lies along the samples");
  }
  for (std::size_t i = 0; i < bias.size(); ++i) bias[i] = beta * given[given.size() == 1 ? 0 : i];
  return bias;
}

Kernel gemm(const Binding& binding, Maker& maker) {
  const graph::GemmAttributes attributes = graph::gemm_attributes(binding.node);
  if (attributes.transpose_a) binding.unsupported("a transposed first matrix");
  if (!binding.is_constant(1)) binding.unsupported("a second matrix that is not constant");
  Layer layer{.samples = to_int(binding.inputs[0][0]),
              .inputs = to_int(binding.inputs[0][1]),
              .outputs = to_int(binding.outputs[0][1]),
              .weight = {},
              .bias = nullptr,
              .fused = binding.fused};
  layer.weight = by_outputs(binding.floats(1), attributes.transpose_b, attributes.alpha,
                            layer.outputs, layer.inputs);
  const std::vector<float> bias = gemm_bias(binding, attributes.beta, layer.outputs);
  if (!bias.empty()) layer.bias = maker.keep(bias);
  return choose(layer, maker);
}

// Batches of both, where the second may be one matrix for all.
Kernel multiply_values(const Binding& binding, Maker& maker) {
  const Shape& a = binding.inputs[0];
  const Shape& b = binding.inputs[1];
  if (a.size() < 2 || b.size() < 2) binding.unsupported("a vector");
  cuda::dense_product::Product product{
      .m = to_int(a[a.size() - 2]), .n = to_int(b.back()), .k = to_int(a.back())};
  const std::int64_t of_a = std::int64_t{product.m} * product.k;
  const std::int64_t of_b = std::int64_t{product.k} * product.n;
  product.batches = to_int(element_count(a) / std::max<std::int64_t>(1, of_a));
  const std::int64_t seconds = element_count(b) / std::max<std::int64_t>(1, of_b);
  const bool alike = Shape(a.begin(), a.end() - 2) == Shape(b.begin(), b.end() - 2);
  if (!alike && seconds != 1) binding.unsupported("batches that are spread over others");
  constexpr int kMostBatches = 65535;
  if (product.batches > kMostBatches) binding.unsupported("more than 65,535 products");
  product.a = {.batch = of_a, .row_step = product.k};
  product.b = {.batch = seconds == 1 ? 0 : of_b, .row_step = product.n};
  const auto kept = [&](std::size_t input) -> std::shared_ptr<const cuda::Array<float>> {
    return binding.is_constant(input) ? maker.keep(binding.floats(input)) : nullptr;
  };
  return {.run =
              [product, left = kept(0), right = kept(1),
               library = maker.chooser().library()](const Call& call) {
                cuda::dense_product::Product each = product;
                each.a.values = left ? left->data() : call.inputs[0];
                each.b.values = right ? right->data() : call.inputs[1];
                each.y = call.output;
                multiply_dense(library, each, call.stream);
              },
          .scratch = 0,
          .name = dense_name(maker.chooser())};
}

Kernel mat_mul(const Binding& binding, Maker& maker) {
  const Shape& a = binding.inputs[0];
  if (!binding.is_constant(1) || binding.inputs[1].size() != 2 || a.size() < 2 || a.back() == 0) {
    return multiply_values(binding, maker);
  }
  Layer layer{.samples = to_int(element_count(a) / a.back()),
              .inputs = to_int(a.back()),
              .outputs = to_int(binding.inputs[1][1]),
              .weight = {},
              .bias = nullptr,
              .fused = binding.fused};
  layer.weight = by_outputs(binding.floats(1), false, 1, layer.outputs, layer.inputs);
  return choose(layer, maker);
}

constexpr Row kRows[] = {{"Gemm", gemm}, {"MatMul", mat_mul}};

}  // namespace

std::span<const Row> linear_rows() { return kRows; }

}  // namespace gcompress::engine::gpu
