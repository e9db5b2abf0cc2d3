// Conv: sparse, depthwise, or as a product of dense matrices.
#include "gcompress/core/graph/operators/convolution.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "gcompress/core/engine/cuda/operators/dense.h"
#include "gcompress/core/engine/cuda/operators/operator.h"
#include "gcompress/core/kernels/cuda/depthwise_convolution/launch.h"
#include "gcompress/core/kernels/cuda/movement/launch.h"
#include "gcompress/core/kernels/cuda/sparse_convolution/launch.h"

namespace gcompress::engine::gpu {
namespace {

struct Layer {
  cuda::ConvolutionShape shape;
  std::vector<float> weight;  // [filters][channels / groups][kernel_height][kernel_width]
  std::shared_ptr<const cuda::Array<float>> bias;  // or null
  Fused fused;

  const float* bias_address() const { return bias ? bias->data() : nullptr; }
  std::int64_t nonzeros() const {
    return static_cast<std::int64_t>(weight.size()) - std::ranges::count(weight, 0.0F);
  }
  int depth() const {
    return shape.channels / shape.groups * shape.kernel_height * shape.kernel_width;
  }
  int places() const { return shape.out_height() * shape.out_width(); }
  // Whether x is the unfolded matrix already.
  bool is_product() const {
    return shape.kernel_height == 1 && shape.kernel_width == 1 && shape.stride_y == 1 &&
           shape.stride_x == 1 && shape.pad_top == 0 && shape.pad_left == 0 &&
           shape.pad_bottom == 0 && shape.pad_right == 0;
  }
  std::int64_t unfolded() const {
    return is_product() ? 0 : std::int64_t{shape.images} * depth() * places();
  }
};

const float* added(const Fused& fused, const Call& call) {
  return fused.add ? call.inputs.back() : nullptr;
}

Kernel sparse(const Layer& layer, Maker& maker) {
  namespace sparse_convolution = cuda::sparse_convolution;
  const sparse_convolution::TapMatrix packed = sparse_convolution::pack(layer.weight, layer.shape);
  maker.count(packed.taps.size() * sizeof packed.taps[0] +
              packed.segment_begin.size() * sizeof packed.segment_begin[0]);
  const auto weight = std::make_shared<const sparse_convolution::DeviceWeight>(packed);
  return {.run = [weight, bias = layer.bias, fused = layer.fused,
                  images = layer.shape.images](const Call& call) {
    sparse_convolution::convolve(*weight,
                                 {.x = call.inputs[0],
                                  .y = call.output,
                                  .images = images,
                                  .bias = bias ? bias->data() : nullptr,
                                  .residual = added(fused, call),
                                  .low = fused.low,
                                  .high = fused.high},
                                 call.stream);
  }};
}

// One channel a group. All weights are kept: there are few.
Kernel depthwise(const Layer& layer, Maker& maker) {
  const auto weight = maker.keep(layer.weight);
  return {
      .run =
          [weight, bias = layer.bias, fused = layer.fused, shape = layer.shape](const Call& call) {
            cuda::depthwise_convolution::convolve(shape,
                                                  {.weight = weight->data(),
                                                   .bias = bias ? bias->data() : nullptr,
                                                   .x = call.inputs[0],
                                                   .residual = added(fused, call),
                                                   .y = call.output,
                                                   .low = fused.low,
                                                   .high = fused.high},
                                                  call.stream);
          },
      .scratch = 0,
      .name = "depthwise"};
}

// y [filters][places] = w [filters][depth] times the unfolded x [depth][places], image by image.
Kernel dense(const Layer& layer, Maker& maker) {
  const auto weight = maker.keep(layer.weight);
  const cuda::dense_product::Product fixed{
      .m = layer.shape.filters,
      .n = layer.places(),
      .k = layer.depth(),
      .batches = layer.shape.images,
      .a = {.values = weight->data(), .batch = 0, .row_step = layer.depth()},
      .b = {.batch = std::int64_t{layer.depth()} * layer.places(), .row_step = layer.places()},
      .row_bias = layer.bias_address(),
      .low = layer.fused.low,
      .high = layer.fused.high};
  return {
      .run =
          [weight, bias = layer.bias, fused = layer.fused, shape = layer.shape, fixed,
           unfolds = !layer.is_product(), library = maker.chooser().library()](const Call& call) {
            cuda::dense_product::Product product = fixed;
            product.b.values = call.inputs[0];
            if (unfolds) {
              cuda::movement::unfold(shape, call.inputs[0], call.scratch, call.stream);
              product.b.values = call.scratch;
            }
            product.y = call.output;
            product.residual = added(fused, call);
            multiply_dense(library, product, call.stream);
          },
      .scratch = layer.unfolded()};
}

// By dense products only where there is one group, and the unfolded x has room.
bool may_be_dense(const Layer& layer) {
  constexpr std::int64_t kMostElements = std::int64_t{1} << 30;
  constexpr int kMostImages = 65535;  // batches of a launch
  return layer.shape.groups == 1 && layer.unfolded() <= kMostElements &&
         layer.shape.images <= kMostImages;
}

double predict_sparse(const Layer& layer, const Machine& machine) {
  const cuda::sparse_convolution::TileShape tile =
      cuda::sparse_convolution::choose_tile(layer.shape);
  return predict_sparse_convolution(machine, layer.shape, tile, layer.nonzeros());
}

double predict_dense(const Layer& layer, const Chooser& chooser) {
  const double unfolding =
      layer.is_product()
          ? 0
          : predict_unfolding(chooser.machine(), static_cast<double>(layer.unfolded()));
  return unfolding + predict_product(chooser.machine(),
                                     {.m = layer.shape.filters,
                                      .n = layer.places(),
                                      .k = layer.depth(),
                                      .batches = layer.shape.images},
                                     chooser.library() != nullptr);
}

std::string key_of(const Layer& layer) {
  const cuda::ConvolutionShape& s = layer.shape;
  constexpr double kPercent = 100;
  const double density = static_cast<double>(layer.nonzeros()) /
                         std::max(1.0, static_cast<double>(layer.weight.size()));
  return fmt::format(
      "conv {} x {} x {} x {} to {}, {} groups, {} x {}, strides {} {}, pads {} {}, "
      "dilations {} {}, {:.0f}%, {}",
      s.images, s.channels, s.height, s.width, s.filters, s.groups, s.kernel_height, s.kernel_width,
      s.stride_y, s.stride_x, s.pad_top, s.pad_left, s.dilation_y, s.dilation_x, kPercent * density,
      layer.fused.add);
}

cuda::ConvolutionShape shape_of(const Binding& binding) {
  const Shape& in = binding.inputs[0];
  const Shape& weight = binding.constants[1].shape();
  const graph::ConvAttributes attributes =
      graph::conv_attributes(binding.node, {weight[2], weight[3]});
  const graph::Window& window = attributes.window;
  const std::vector<std::int64_t> pads = graph::resolve_pads(window, {in[2], in[3]});
  return {.images = to_int(in[0]),
          .channels = to_int(in[1]),
          .height = to_int(in[2]),
          .width = to_int(in[3]),
          .filters = to_int(weight[0]),
          .groups = to_int(attributes.group),
          .kernel_height = to_int(weight[2]),
          .kernel_width = to_int(weight[3]),
          .stride_y = to_int(window.strides[0]),
          .stride_x = to_int(window.strides[1]),
          .dilation_y = to_int(window.dilations[0]),
          .dilation_x = to_int(window.dilations[1]),
          .pad_top = to_int(pads[0]),
          .pad_left = to_int(pads[1]),
          .pad_bottom = to_int(pads[2]),
          .pad_right = to_int(pads[3])};
}

Kernel conv(const Binding& binding, Maker& maker) {
  if (binding.inputs[0].size() != 4) binding.unsupported("other than two spatial axes");
  if (!binding.is_constant(1)) binding.unsupported("a filter that is not constant");
  const bool has_bias = binding.inputs.size() > 2 && !binding.node.inputs[2].empty();
  if (has_bias && !binding.is_constant(2)) binding.unsupported("a bias that is not constant");
  const Layer layer{.shape = shape_of(binding),
                    .weight = binding.floats(1),
                    .bias = has_bias ? maker.keep(binding.floats(2)) : nullptr,
                    .fused = binding.fused};
  const cuda::ConvolutionShape& shape = layer.shape;
  if (shape.groups == shape.channels && shape.groups > 1) return depthwise(layer, maker);
  constexpr int kMostGroups = 65535;  // blocks along one axis
  if (shape.groups > kMostGroups) binding.unsupported("more than 65,535 groups");
  Chooser& chooser = maker.chooser();
  std::vector<Candidate> candidates = {{"sparse convolution",
                                        predict_sparse(layer, chooser.machine()),
                                        [&] { return sparse(layer, maker); }}};
  if (may_be_dense(layer)) {
    candidates.push_back({"convolution by " + dense_name(chooser), predict_dense(layer, chooser),
                          [&] { return dense(layer, maker); }});
  }
  TrialSizes trial{.inputs = {element_count(binding.inputs[0])},
                   .output = element_count(binding.outputs[0])};
  if (layer.fused.add) trial.inputs.push_back(trial.output);
  return chooser.choose(key_of(layer), std::move(candidates), trial);
}

constexpr Row kRows[] = {{"Conv", conv}};

}  // namespace

std::span<const Row> convolution_rows() { return kRows; }

}  // namespace gcompress::engine::gpu
