// Pooling of codes.
#include <algorithm>
#include <memory>

#include "gcompress/core/engine/integer/step.h"
#include "gcompress/core/graph/operators/pooling.h"

namespace gcompress::engine::integer {
namespace {

struct Pool {
  CodeValue in, out;
  graph::Window window;
  std::vector<std::int64_t> pads;
  std::uint8_t low = 0, high = 255;
};

std::shared_ptr<Pool> pool_of(const Binding& binding) {
  auto pool = std::make_shared<Pool>();
  pool->in = binding.inputs[0];
  pool->out = binding.output;
  pool->low = binding.step.low;
  pool->high = binding.step.high;
  return pool;
}

// Calls visit(bytes of the input's place) for every place of the window that lies inside.
template <typename Visit>
void visit_window(const Pool& pool, const std::uint8_t* plane, std::int64_t y, std::int64_t x,
                  const Visit& visit) {
  const graph::Window& window = pool.window;
  for (std::int64_t ky = 0; ky < window.kernel[0]; ++ky) {
    const std::int64_t from_y = y * window.strides[0] + ky * window.dilations[0] - pool.pads[0];
    if (from_y < 0 || from_y >= pool.in.height) continue;
    for (std::int64_t kx = 0; kx < window.kernel[1]; ++kx) {
      const std::int64_t from_x = x * window.strides[1] + kx * window.dilations[1] - pool.pads[1];
      if (from_x < 0 || from_x >= pool.in.width) continue;
      visit(plane + 4 * pool.in.position(from_y, from_x));
    }
  }
}

// Calls place(plane of the input, y, x, place of the output) for every place of every quad.
template <typename Place>
void for_each_place(const Pool& pool, const Batch& batch, const Place& place) {
  const std::uint8_t* from = batch.at(pool.in.place);
  std::uint8_t* to = batch.at(pool.out.place);
  for (std::int64_t q = 0; q < pool.out.quads(); ++q) {
    for (std::int64_t y = 0; y < pool.out.height; ++y) {
      for (std::int64_t x = 0; x < pool.out.width; ++x) {
        place(from + 4 * q * pool.in.stride(), y, x,
              to + 4 * (q * pool.out.stride() + pool.out.position(y, x)));
      }
    }
  }
  fill_frame(pool.out, 0, pool.out.quads(), to);
}

Work max_pool(const Binding& binding) {
  auto pool = pool_of(binding);
  if (binding.in_shapes[0].size() != 3) binding.unsupported("other than two spatial axes");
  if (pool->in.type != pool->out.type) binding.unsupported("another scale behind it");
  pool->window = graph::pool_attributes(binding.node).window;
  pool->pads = graph::resolve_pads(pool->window, {pool->in.height, pool->in.width});
  return [pool](const Batch& batch) {
    const std::int64_t bytes = 4 * pool->in.lanes;
    for_each_place(
        *pool, batch,
        [&](const std::uint8_t* plane, std::int64_t y, std::int64_t x, std::uint8_t* to) {
          std::fill_n(to, bytes, pool->low);
          visit_window(*pool, plane, y, x, [&](const std::uint8_t* from) {
            for (std::int64_t i = 0; i < bytes; ++i) to[i] = std::max(to[i], from[i]);
          });
          for (std::int64_t i = 0; i < bytes; ++i) to[i] = std::min(to[i], pool->high);
        });
  };
}

// The mean over the whole image, as ONNX Runtime rounds it: the sum of codes less zero points,
// times input scale / (output scale x places).
Work global_average_pool(const Binding& binding) {
  if (binding.in_shapes[0].size() != 3) binding.unsupported("other than two spatial axes");
  auto pool = pool_of(binding);
  const std::int64_t places = pool->in.height * pool->in.width;
  if (places > (1 << 22)) binding.unsupported("sums beyond 32 bits");
  const float scale = pool->in.type.scale / (pool->out.type.scale * static_cast<float>(places));
  return [pool, scale, places](const Batch& batch) {
    constexpr std::int64_t kMostBytes = 256;  // of 64 lanes
    const std::int64_t bytes = 4 * pool->in.lanes;
    const auto zero = static_cast<float>(pool->out.type.zero_point);
    for_each_place(
        *pool, batch, [&](const std::uint8_t* plane, std::int64_t, std::int64_t, std::uint8_t* to) {
          std::int32_t sums[kMostBytes];
          std::fill_n(sums, bytes, 0);
          for (std::int64_t y = 0; y < pool->in.height; ++y) {
            for (std::int64_t x = 0; x < pool->in.width; ++x) {
              const std::uint8_t* from = plane + 4 * pool->in.position(y, x);
              for (std::int64_t i = 0; i < bytes; ++i) sums[i] += from[i];
            }
          }
          for (std::int64_t i = 0; i < bytes; ++i) {
            const auto sum = static_cast<float>(sums[i] - static_cast<std::int32_t>(places) *
                                                              pool->in.type.zero_point);
            to[i] =
                static_cast<std::uint8_t>(rounded(sum * scale, static_cast<float>(pool->low) - zero,
                                                  static_cast<float>(pool->high) - zero) +
                                          pool->out.type.zero_point);
          }
        });
  };
}

constexpr StepRow kRows[] = {{"GlobalAveragePool", global_average_pool}, {"MaxPool", max_pool}};

}  // namespace

std::span<const StepRow> pool_rows() { return kRows; }

}  // namespace gcompress::engine::integer
