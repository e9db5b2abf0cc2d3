// Layers with a filter a channel.
#include "gcompress/core/engine/integer/depthwise.h"

#include <algorithm>
#include <memory>

#include "gcompress/core/engine/integer/numbers.h"
#include "gcompress/core/engine/threads.h"
#include "gcompress/core/kernels/cpu/quad_depthwise.h"

namespace gcompress::engine::integer {
namespace {

struct Depthwise {
  CodeValue in, out;
  const kernels::QuadDepthwiseKernel* kernel = nullptr;
  kernels::DepthwiseQuads weight;
  kernels::DepthwiseRun run;
  std::int64_t first = 0;  // what the first tap of the first output looks at
  std::unique_ptr<const LayerNumbers> numbers;
  bool shares = false;
};

// How far beyond its input's image a filter looks, at most.
struct Reach {
  std::int64_t y = 0, x = 0;
};

Reach reach_of(const Filters& filters, std::int64_t in_height, std::int64_t in_width,
               std::int64_t out_height, std::int64_t out_width) {
  const auto beyond = [](std::int64_t out, std::int64_t stride, std::int64_t size,
                         std::int64_t dilation, std::int64_t pad, std::int64_t in) {
    return std::max(pad, (out - 1) * stride + (size - 1) * dilation - pad - (in - 1));
  };
  return {.y = beyond(out_height, filters.stride_y, filters.height, filters.dilation_y,
                      filters.pad_y, in_height),
          .x = beyond(out_width, filters.stride_x, filters.width, filters.dilation_x, filters.pad_x,
                      in_width)};
}

bool fits(const Binding& binding, const Filters& filters) {
  const CodeValue& in = binding.inputs[0];
  const CodeValue& out = binding.output;
  const bool depthwise = filters.channels == 1 && filters.groups == in.channels &&
                         filters.filters == in.channels && filters.dilation_y == 1 &&
                         filters.dilation_x == 1 && filters.stride_x <= 2;
  if (!depthwise || in.lanes != 1 || !binding.step.gives_codes || binding.addition) return false;
  const Reach reach = reach_of(filters, in.height, in.width, out.height, out.width);
  return reach.y <= in.frame.gap_y && reach.x <= in.frame.gap_x;
}

// All rows at once where they follow one another as those of the input do, with junk between them.
kernels::DepthwiseRun run_of(const CodeValue& in, const CodeValue& out, const Filters& filters) {
  const std::int64_t pitch = in.frame.pitch;
  if (filters.stride_y == 1 && filters.stride_x == 1 && pitch == out.frame.pitch) {
    return {.n = (out.height - 1) * pitch + out.width};
  }
  return {.n = out.width,
          .rows = out.height,
          .x_row = filters.stride_y * pitch,
          .y_row = out.frame.pitch};
}

void run_quads(const Depthwise& layer, std::int64_t first, std::int64_t last, const Batch& batch) {
  const std::uint8_t* x = batch.at(layer.in.place) + 4 * (first * layer.in.stride() + layer.first);
  std::uint8_t* y = batch.at(layer.out.place);
  layer.kernel->multiply(layer.weight, {first, last}, x, layer.in.stride(), layer.run,
                         y + 4 * (first * layer.out.stride() + layer.out.position(0, 0)),
                         layer.out.stride(), layer.numbers->finish);
  fill_frame(layer.out, first, last, y);
}

}  // namespace

Work make_depthwise(const Binding& binding, const Filters& filters) {
  if (!fits(binding, filters)) return {};
  auto layer = std::make_shared<Depthwise>();
  layer->in = binding.inputs[0];
  layer->out = binding.output;
  layer->kernel = &kernels::best_quad_depthwise_kernel();
  layer->weight = kernels::depthwise_quads(
      *layer->kernel, filters.values, filters.filters, static_cast<int>(filters.height),
      static_cast<int>(filters.width), static_cast<int>(filters.stride_x), layer->in.frame.pitch);
  layer->run = run_of(layer->in, layer->out, filters);
  layer->first = layer->in.position(-filters.pad_y, -filters.pad_x);
  layer->numbers = layer_numbers(binding, filters);
  const std::int64_t outputs = 4 * layer->out.quads() * layer->out.height * layer->out.width;
  // Products come sixteen times as fast as those that the limit was found for.
  layer->shares = outputs * filters.height * filters.width / 16 > kWorthSharing;
  return {[layer](const Batch& batch) {
            parallel_ranges(layer->out.quads(), layer->shares ? batch.threads : 1,
                            [&](std::int64_t first, std::int64_t last) {
                              run_quads(*layer, first, last, batch);
                            });
          },
          "depthwise"};
}

}  // namespace gcompress::engine::integer
