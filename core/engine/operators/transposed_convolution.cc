// ConvTranspose over two spatial axes: every input, times the filter, is added where it goes.
#include <algorithm>

#include "gcompress/core/engine/operators/operator.h"
#include "gcompress/core/engine/threads.h"
#include "gcompress/core/graph/operators/convolution.h"

namespace gcompress::engine {
namespace {

struct Layer {
  std::int64_t images = 0, group = 1;
  std::int64_t channels = 0, filters = 0;  // of a group
  std::int64_t in_height = 0, in_width = 0, out_height = 0, out_width = 0;
  std::int64_t kernel_y = 0, kernel_x = 0, stride_y = 1, stride_x = 1;
  std::int64_t dilation_y = 1, dilation_x = 1, pad_y = 0, pad_x = 0;
  std::vector<float> weight;  // [group channels, filters, kernel_y, kernel_x]
  std::vector<float> bias;    // [group filters]
  int threads = 1;
};

// One tap of one input plane: y[i stride + at] += value x[i] along both axes, inside y.
void add_tap(const Layer& layer, float value, std::int64_t at_y, std::int64_t at_x, const float* x,
             float* y) {
  const auto first = [](std::int64_t at, std::int64_t stride) {
    return at >= 0 ? 0 : (-at + stride - 1) / stride;
  };
  const auto end = [](std::int64_t at, std::int64_t stride, std::int64_t in, std::int64_t out) {
    return at >= out ? 0 : std::min(in, (out - at + stride - 1) / stride);
  };
  const std::int64_t right = end(at_x, layer.stride_x, layer.in_width, layer.out_width);
  const std::int64_t bottom = end(at_y, layer.stride_y, layer.in_height, layer.out_height);
  for (std::int64_t i = first(at_y, layer.stride_y); i < bottom; ++i) {
    float* row = y + (at_y + i * layer.stride_y) * layer.out_width + at_x;
    const float* from = x + i * layer.in_width;
    for (std::int64_t j = first(at_x, layer.stride_x); j < right; ++j) {
      row[j * layer.stride_x] += value * from[j];
    }
  }
}

// An output plane.
void run_filter(const Layer& layer, std::int64_t image, std::int64_t filter, const float* x,
                float* y) {
  const std::int64_t group = filter / layer.filters;
  std::fill_n(y, layer.out_height * layer.out_width, layer.bias[static_cast<std::size_t>(filter)]);
  for (std::int64_t c = 0; c < layer.channels; ++c) {
    const std::int64_t channel = group * layer.channels + c;
    const float* plane =
        x + (image * layer.group * layer.channels + channel) * layer.in_height * layer.in_width;
    const float* taps = layer.weight.data() + (channel * layer.filters + filter % layer.filters) *
                                                  layer.kernel_y * layer.kernel_x;
    for (std::int64_t k = 0; k < layer.kernel_y * layer.kernel_x; ++k) {
      if (taps[k] == 0) continue;
      add_tap(layer, taps[k], k / layer.kernel_x * layer.dilation_y - layer.pad_y,
              k % layer.kernel_x * layer.dilation_x - layer.pad_x, plane, y);
    }
  }
}

Kernel conv_transpose(const Binding& binding) {
  const Shape& in = binding.inputs[0];
  const Shape& out = binding.outputs[0];
  if (in.size() != 4) binding.unsupported("other than two spatial axes");
  if (!binding.is_constant(1)) binding.unsupported("a filter that is not constant");
  const bool biased = binding.inputs.size() > 2 && !binding.node.inputs[2].empty();
  if (biased && !binding.is_constant(2)) binding.unsupported("a bias that is not constant");
  const Shape& kernel = binding.constants[1].shape();
  const graph::ConvTransposeAttributes attributes =
      graph::conv_transpose_attributes(binding.node, {kernel[2], kernel[3]});
  const graph::ConvTransposeGeometry geometry =
      graph::conv_transpose_geometry(binding.node, attributes, {in[2], in[3]});
  const graph::Window& window = attributes.window;
  Layer layer{
      .images = in[0],
      .group = attributes.group,
      .channels = in[1] / attributes.group,
      .filters = kernel[1],
      .in_height = in[2],
      .in_width = in[3],
      .out_height = out[2],
      .out_width = out[3],
      .kernel_y = kernel[2],
      .kernel_x = kernel[3],
      .stride_y = window.strides[0],
      .stride_x = window.strides[1],
      .dilation_y = window.dilations[0],
      .dilation_x = window.dilations[1],
      .pad_y = geometry.pads[0],
      .pad_x = geometry.pads[1],
      .weight = binding.floats(1),
      .bias = biased ? binding.floats(2) : std::vector<float>(static_cast<std::size_t>(out[1])),
      .threads = binding.threads};
  const std::int64_t work = element_count(kernel) * in[0] * in[2] * in[3];
  if (work < kWorthSharing) layer.threads = 1;
  KernelFacts facts{.name = {},
                    .multiplications = work,
                    .taps = static_cast<std::int64_t>(layer.weight.size()) -
                            std::ranges::count(layer.weight, 0.0F)};
  return {[layer, filters = out[1]](const Call& call) {
            parallel(layer.images * filters, layer.threads, [&](std::int64_t plane, int) {
              run_filter(layer, plane / filters, plane % filters, call.inputs[0],
                         call.outputs[0] + plane * layer.out_height * layer.out_width);
            });
          },
          0, facts};
}

constexpr OperatorRow kRows[] = {{"ConvTranspose", conv_transpose}};

}  // namespace

std::span<const OperatorRow> transposed_convolution_rows() { return kRows; }

}  // namespace gcompress::engine
