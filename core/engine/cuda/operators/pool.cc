// Pooling over two spatial axes, or all of them.
#include "gcompress/core/engine/cuda/operators/operator.h"
#include "gcompress/core/graph/operators/pooling.h"
#include "gcompress/core/kernels/cuda/pool/launch.h"

namespace gcompress::engine::gpu {
namespace {

namespace pool = cuda::pool;

template <pool::Kind kKind>
Kernel over_windows(const Binding& binding, Maker&) {
  const Shape& in = binding.inputs[0];
  const Shape& out = binding.outputs[0];
  if (in.size() != 4) binding.unsupported("other than two spatial axes");
  if (binding.outputs.size() > 1) binding.unsupported("indices");
  const graph::PoolAttributes attributes = graph::pool_attributes(binding.node);
  const graph::Window& window = attributes.window;
  const std::vector<std::int64_t> pads = graph::resolve_pads(window, {in[2], in[3]});
  const pool::Windows windows{.planes = to_int(in[0] * in[1]),
                              .height = to_int(in[2]),
                              .width = to_int(in[3]),
                              .out_height = to_int(out[2]),
                              .out_width = to_int(out[3]),
                              .kernel_height = to_int(window.kernel[0]),
                              .kernel_width = to_int(window.kernel[1]),
                              .stride_y = to_int(window.strides[0]),
                              .stride_x = to_int(window.strides[1]),
                              .dilation_y = to_int(window.dilations[0]),
                              .dilation_x = to_int(window.dilations[1]),
                              .pad_top = to_int(pads[0]),
                              .pad_left = to_int(pads[1]),
                              .pad_bottom = to_int(pads[2]),
                              .pad_right = to_int(pads[3]),
                              .count_padding = attributes.count_include_pad};
  return {.run = [windows](const Call& call) {
    pool::over_windows(kKind, windows, call.inputs[0], call.output, call.stream);
  }};
}

template <pool::Kind kKind>
Kernel over_planes(const Binding& binding, Maker&) {
  const Shape& in = binding.inputs[0];
  if (in.size() < 3) binding.unsupported("no spatial axes");
  const std::int64_t planes = in[0] * in[1];
  const std::int64_t elements = planes == 0 ? 0 : element_count(in) / planes;
  return {.run = [planes = to_int(planes), elements = to_int(elements)](const Call& call) {
    pool::over_planes(kKind, planes, elements, call.inputs[0], call.output, call.stream);
  }};
}

constexpr Row kRows[] = {{"AveragePool", over_windows<pool::Kind::kAverage>},
                         {"GlobalAveragePool", over_planes<pool::Kind::kAverage>},
                         {"GlobalMaxPool", over_planes<pool::Kind::kMax>},
                         {"MaxPool", over_windows<pool::Kind::kMax>}};

}  // namespace

std::span<const Row> pool_rows() { return kRows; }

}  // namespace gcompress::engine::gpu
