// Pooling over two spatial axes.
#include <algorithm>
#include <limits>

#include "gcompress/core/engine/operators/operator.h"
#include "gcompress/core/engine/threads.h"
#include "gcompress/core/graph/operators/pooling.h"

namespace gcompress::engine {
namespace {

struct Pooling {
  std::int64_t planes = 0;
  std::int64_t in_height = 0, in_width = 0, out_height = 0, out_width = 0;
  std::int64_t kernel_y = 0, kernel_x = 0, stride_y = 1, stride_x = 1, pad_y = 0, pad_x = 0;
  std::int64_t dilation_y = 1, dilation_x = 1;
  std::int64_t end_y = 0, end_x = 0;  // padding behind
  bool count_padding = false;
  int threads = 1;
  // How both lie: floats from a row or plane to the next, and before the first element.
  std::int64_t in_row = 0, in_plane = 0, in_first = 0;
  std::int64_t out_row = 0, out_plane = 0, out_first = 0;
  std::optional<PlaneLayout> out_layout;
};

void place(const Binding& binding, Pooling& pool) {
  pool.in_row = pool.in_width;
  pool.in_plane = pool.in_height * pool.in_width;
  pool.out_row = pool.out_width;
  pool.out_plane = pool.out_height * pool.out_width;
  if (const auto& layout = binding.layouts[0]) {
    pool.in_row = layout->row;
    pool.in_plane = layout->plane;
    pool.in_first = layout->first;
  }
  if (const auto& layout = binding.output_layout) {
    pool.out_row = layout->row;
    pool.out_plane = layout->plane;
    pool.out_first = layout->first;
    pool.out_layout = layout;
  }
}

Pooling pooling_of(const Binding& binding, const graph::PoolAttributes& attributes) {
  const Shape& in = binding.inputs[0];
  const Shape& out = binding.outputs[0];
  if (in.size() != 4) binding.unsupported("other than two spatial axes");
  const graph::Window& window = attributes.window;
  const std::vector<std::int64_t> pads = graph::resolve_pads(window, {in[2], in[3]});
  Pooling pool{.planes = in[0] * in[1],
               .in_height = in[2],
               .in_width = in[3],
               .out_height = out[2],
               .out_width = out[3],
               .kernel_y = window.kernel[0],
               .kernel_x = window.kernel[1],
               .stride_y = window.strides[0],
               .stride_x = window.strides[1],
               .pad_y = pads[0],
               .pad_x = pads[1],
               .dilation_y = window.dilations[0],
               .dilation_x = window.dilations[1],
               .end_y = pads[2],
               .end_x = pads[3],
               .count_padding = attributes.count_include_pad,
               .threads = element_count(in) < kWorthSharing ? 1 : binding.threads};
  place(binding, pool);
  return pool;
}

// Calls take(element) for what the window at (oy, ox) holds.
template <typename Take>
void visit(const Pooling& pool, const float* plane, std::int64_t oy, std::int64_t ox, Take take) {
  for (std::int64_t ky = 0; ky < pool.kernel_y; ++ky) {
    const std::int64_t y = oy * pool.stride_y - pool.pad_y + ky * pool.dilation_y;
    if (y < 0 || y >= pool.in_height) continue;
    for (std::int64_t kx = 0; kx < pool.kernel_x; ++kx) {
      const std::int64_t x = ox * pool.stride_x - pool.pad_x + kx * pool.dilation_x;
      if (x >= 0 && x < pool.in_width) take(plane[y * pool.in_row + x]);
    }
  }
}

// Of `kernel` places from `first` on, those below `limit`.
std::int64_t places_below(std::int64_t first, std::int64_t kernel, std::int64_t dilation,
                          std::int64_t limit) {
  std::int64_t count = 0;
  for (std::int64_t k = 0; k < kernel; ++k) count += first + k * dilation < limit ? 1 : 0;
  return count;
}

template <typename Window>
Kernel over_windows(const Pooling& pool, Window window) {
  return [pool, window](const Call& call) {
    parallel(pool.planes, pool.threads, [&](std::int64_t p, int) {
      const float* plane = call.inputs[0] + p * pool.in_plane + pool.in_first;
      float* out = call.outputs[0] + p * pool.out_plane + pool.out_first;
      for (std::int64_t y = 0; y < pool.out_height; ++y, out += pool.out_row) {
        for (std::int64_t x = 0; x < pool.out_width; ++x) out[x] = window(pool, plane, y, x);
        std::fill(out + pool.out_width, out + pool.out_row, 0.0F);
      }
      if (pool.out_layout) clear_frames(*pool.out_layout, call.outputs[0], p, p + 1);
    });
  };
}

Kernel max_pool(const Binding& binding) {
  if (binding.outputs.size() > 1) binding.unsupported("indices");
  return over_windows(pooling_of(binding, graph::pool_attributes(binding.node)),
                      [](const Pooling& pool, const float* plane, std::int64_t y, std::int64_t x) {
                        float most = std::numeric_limits<float>::lowest();
                        visit(pool, plane, y, x,
                              [&most](float value) { most = std::max(most, value); });
                        return most;
                      });
}

Kernel average_pool(const Binding& binding) {
  return over_windows(
      pooling_of(binding, graph::pool_attributes(binding.node)),
      [](const Pooling& pool, const float* plane, std::int64_t y, std::int64_t x) {
        float sum = 0;
        std::int64_t count = 0;
        visit(pool, plane, y, x, [&](float value) {
          sum += value;
          ++count;
        });
        if (pool.count_padding) {  // what lies beyond the padding, by ceil_mode, does not count
          count = places_below(y * pool.stride_y - pool.pad_y, pool.kernel_y, pool.dilation_y,
                               pool.in_height + pool.end_y) *
                  places_below(x * pool.stride_x - pool.pad_x, pool.kernel_x, pool.dilation_x,
                               pool.in_width + pool.end_x);
        }
        return count == 0 ? 0 : sum / static_cast<float>(count);
      });
}

// Over all spatial axes, however many: reduce(plane, rows, width, floats from row to row).
template <typename Reduce>
Kernel over_planes(const Binding& binding, Reduce reduce) {
  const Shape& in = binding.inputs[0];
  if (in.size() < 3) binding.unsupported("no spatial axes");
  const std::int64_t planes = in[0] * in[1];
  const std::int64_t elements = element_count(in) / std::max<std::int64_t>(1, planes);
  if (const auto layout = binding.layouts[0]) {
    return [=](const Call& call) {
      for (std::int64_t p = 0; p < planes; ++p) {
        const float* plane = call.inputs[0] + p * layout->plane + layout->first;
        call.outputs[0][p] = reduce(plane, layout->height, layout->width, layout->row);
      }
    };
  }
  return [=](const Call& call) {
    for (std::int64_t p = 0; p < planes; ++p) {
      call.outputs[0][p] = reduce(call.inputs[0] + p * elements, 1, elements, elements);
    }
  };
}

// Whole lines, so that the compiler makes vectors of it; what is no element of a plane is 0.
float sum_of(const float* values, std::int64_t count) {
  float sums[kLine] = {};
  std::int64_t i = 0;
  for (; i + kLine <= count; i += kLine) {
    for (std::int64_t k = 0; k < kLine; ++k) sums[k] += values[i + k];
  }
  float sum = 0;
  for (; i < count; ++i) sum += values[i];
  for (const float each : sums) sum += each;
  return sum;
}

Kernel global_average_pool(const Binding& binding) {
  return over_planes(
      binding, [](const float* plane, std::int64_t rows, std::int64_t width, std::int64_t step) {
        return sum_of(plane, rows * step) / static_cast<float>(rows * width);
      });
}

Kernel global_max_pool(const Binding& binding) {
  return over_planes(
      binding, [](const float* plane, std::int64_t rows, std::int64_t width, std::int64_t step) {
        float most = *plane;
        for (std::int64_t y = 0; y < rows; ++y) {
          for (std::int64_t x = 0; x < width; ++x) most = std::max(most, plane[y * step + x]);
        }
        return most;
      });
}

constexpr OperatorRow kRows[] = {
    {"AveragePool", average_pool, Planes::kBoth},
    {"GlobalAveragePool", global_average_pool, Planes::kReads},
    {.op_type = "GlobalMaxPool",
     .make = global_max_pool,
     .planes = Planes::kReads,
     .integers = true},
    {.op_type = "MaxPool", .make = max_pool, .planes = Planes::kBoth, .integers = true}};

}  // namespace

std::span<const OperatorRow> pool_rows() { return kRows; }

}  // namespace gcompress::engine
