// Depthwise convolutions, channels shared out among the threads.
#include "gcompress/core/engine/operators/depthwise.h"

#include <algorithm>

#include "gcompress/core/engine/convolution.h"
#include "gcompress/core/engine/threads.h"
#include "gcompress/core/kernels/cpu/depthwise.h"

namespace gcompress::engine {
namespace {

constexpr double kFewTaps = 0.4;  // below, taps that are left out save more than rows cost

struct Layer {
  std::int64_t kernel = 0, stride = 0;
  PlaneLayout in, out;
  std::int64_t origin = 0;  // where tap (0, 0) of output (0, 0) reads, in a plane
  std::vector<float> weight, bias;
  Fused fused;
  std::int64_t band_rows = 0;  // that a call computes; 0: all
  int threads = 1;
};

void run_channel(const Layer& layer, std::int64_t c, const Call& call) {
  // Rows outside the map are zeros.
  const std::int64_t rows = layer.band_rows > 0 ? layer.band_rows : layer.out.height;
  const std::int64_t begin = std::clamp<std::int64_t>(-call.row, 0, rows);
  const std::int64_t end = std::clamp<std::int64_t>(layer.out.height - call.row, begin, rows);
  float* band = call.outputs[0] + c * layer.out.plane + layer.out.first + call.row * layer.out.row;
  std::fill_n(band, begin * layer.out.row, 0.0F);
  std::fill_n(band + end * layer.out.row, (rows - end) * layer.out.row, 0.0F);
  const std::int64_t first = call.row + begin;
  const std::int64_t at = c * layer.out.plane + layer.out.first + first * layer.out.row;
  const auto channel = static_cast<std::size_t>(c);
  kernels::depthwise(layer.kernel, layer.stride,
                     {.x = call.inputs[0] + c * layer.in.plane + layer.origin +
                           first * layer.stride * layer.in.row,
                      .x_row = layer.in.row,
                      .y = call.outputs[0] + at,
                      .add = layer.fused.add ? call.inputs.back() + at : nullptr,
                      .y_row = layer.out.row,
                      .height = end - begin,
                      .width = layer.out.width,
                      .weight = layer.weight.data() +
                                channel * static_cast<std::size_t>(layer.kernel * layer.kernel),
                      .bias = layer.bias[channel],
                      .low = layer.fused.low,
                      .high = layer.fused.high});
  if (layer.band_rows == 0) clear_frames(layer.out, call.outputs[0], c, c + 1);
}

}  // namespace

Kernel depthwise_conv(const Binding& binding, const graph::ConvAttributes& attributes) {
  const Shape& in = binding.inputs[0];
  if (!binding.layouts[0] || !binding.output_layout || in[0] != 1 ||
      !is_depthwise(attributes, in, binding.outputs[0])) {
    return {};
  }
  Layer layer{.kernel = attributes.window.kernel[0],
              .stride = attributes.window.strides[0],
              .in = *binding.layouts[0],
              .out = *binding.output_layout,
              .weight = binding.floats(1),
              .bias = {},
              .fused = binding.fused,
              .band_rows = binding.band_rows};
  const auto taps =
      static_cast<std::int64_t>(layer.weight.size()) - std::ranges::count(layer.weight, 0.0F);
  if (static_cast<double>(taps) < kFewTaps * static_cast<double>(layer.weight.size())) return {};
  const std::vector<std::int64_t> pads = graph::resolve_pads(attributes.window, {in[2], in[3]});
  layer.origin = layer.in.first - pads[0] * layer.in.row - pads[1];
  layer.bias = binding.is_constant(2) ? binding.floats(2)
                                      : std::vector<float>(static_cast<std::size_t>(in[1]));
  const std::int64_t places = layer.out.height * layer.out.width;
  layer.threads = taps * places < kWorthSharing ? 1 : binding.threads;
  const KernelFacts facts{
      .name = "depthwise",
      .multiplications = static_cast<std::int64_t>(layer.weight.size()) * places,
      .taps = taps};
  return {[layer](const Call& call) {
            parallel_ranges(layer.in.channels, layer.threads,
                            [&](std::int64_t begin, std::int64_t end) {
                              for (std::int64_t c = begin; c < end; ++c)
                                run_channel(layer, c, call);
                            });
          },
          0, facts};
}

}  // namespace gcompress::engine
