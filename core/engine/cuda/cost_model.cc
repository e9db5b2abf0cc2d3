#include "gcompress/core/engine/cuda/cost_model.h"

#include <algorithm>

namespace gcompress::engine::gpu {
namespace {

constexpr double kLaunch = 3e-6;  // seconds: 2 to 4 microseconds are usual

// What a device that does not tell its rates is taken for: a small one of the A100's time.
constexpr double kUnknownClock = 1.4e9;
constexpr double kUnknownMemory = 0.5e12;

double whole_parts(std::int64_t whole, std::int64_t part) {
  return static_cast<double>((whole + part - 1) / part);
}

// How much longer the work takes because there are fewer blocks than multiprocessors.
double idle_share(const Machine& machine, double blocks) {
  return std::max(1.0, machine.multiprocessors / std::max(1.0, blocks));
}

// Of skinny_spmm_f32: instructions for 32 nonzeros, passes of shared memory for their samples at
// random places, rows of a block (bench/cuda/resources.json, hot loops of sm_90; docs/cuda.md).
struct SkinnyCosts {
  std::int64_t samples;
  double instructions;
  double passes;
  double block_rows;
};
constexpr SkinnyCosts kSkinny[] = {
    {1, 30, 3.5, 8}, {2, 33, 5.2, 16}, {4, 38.5, 10.4, 16}, {8, 51, 20.8, 32}, {16, 57, 41.6, 32}};

double skinny_once(const Machine& machine, const LinearSize& size, std::int64_t samples) {
  const SkinnyCosts* costs = std::ranges::find_if(
      kSkinny, [samples](const SkinnyCosts& row) { return row.samples >= samples; });
  const double segments = static_cast<double>(size.rows) * whole_parts(size.columns, 256);
  const double nonzeros = static_cast<double>(size.nonzeros);
  const double loops = segments * std::max(1.0, nonzeros / std::max(1.0, segments) / 32);
  const double idle = idle_share(machine, static_cast<double>(size.rows) / costs->block_rows);
  const double x = 4 * static_cast<double>(size.columns * costs->samples);
  return kLaunch +
         std::max({idle * loops * costs->instructions / machine.issue,
                   idle * loops * costs->passes / machine.shared,
                   (5 * nonzeros + 4 * segments + x) / machine.memory_bytes,
                   static_cast<double>(size.rows) / costs->block_rows * x / machine.cache_bytes});
}

}  // namespace

Machine::Machine(const cuda::DeviceFacts& device) {
  const double clock = device.clock_hertz > 0 ? device.clock_hertz : kUnknownClock;
  multiprocessors = std::max(1, device.multiprocessors);
  constexpr double kSchedulers = 4;
  constexpr double kLanes = 128;
  issue = multiprocessors * kSchedulers * clock;
  shared = multiprocessors * clock;
  float_flops = 2 * kLanes * multiprocessors * clock;
  // 1,024 fused multiplications a clock and multiprocessor on sm_80, twice as many on sm_90.
  half_flops = (device.capability >= 90 ? 4096 : 2048) * multiprocessors * clock;
  memory_bytes =
      device.memory_bytes_per_second > 0 ? device.memory_bytes_per_second : kUnknownMemory;
  constexpr double kCacheOverMemory = 1.8;  // as on the H100 of docs/cuda.md
  cache_bytes = kCacheOverMemory * memory_bytes;
}

double predict_skinny(const Machine& machine, const LinearSize& size) {
  constexpr std::int64_t kMost = 16;
  double seconds = 0;
  for (std::int64_t left = size.samples; left > 0; left -= kMost) {
    seconds += skinny_once(machine, size, std::min(left, kMost));
  }
  return seconds;
}

double predict_bitmap(const Machine& machine, const LinearSize& size, bool two_four) {
  const std::int64_t of_block = size.samples <= 16 ? 16 : size.samples <= 32 ? 32 : 64;
  const double blocks = whole_parts(size.samples, of_block);
  const double steps = whole_parts(size.rows, 16) * whole_parts(size.columns, 64) * blocks;
  // Hot loops of sm_90 (bench/cuda/resources.json); two-of-four skips half of the products.
  const double instructions = two_four ? 520 : 580;
  const double dense = static_cast<double>(size.rows * size.columns);
  const double flops = 2 * dense * of_block * blocks / (two_four ? 2 : 1);
  const double half_x = 2 * static_cast<double>(size.columns * size.samples);
  return 2 * kLaunch +  // the other launch rounds x
         std::max({steps * instructions / machine.issue, flops / machine.half_flops,
                   (dense / 8 + 2.1 * static_cast<double>(size.nonzeros) + 3 * half_x) /
                       machine.memory_bytes});
}

double predict_sparse_convolution(const Machine& machine, const cuda::ConvolutionShape& shape,
                                  const cuda::sparse_convolution::TileShape& tile,
                                  std::int64_t nonzeros) {
  const double tiles = whole_parts(shape.images, tile.images) *
                       whole_parts(shape.out_height(), tile.height) *
                       whole_parts(shape.out_width(), tile.width);
  const int each = tile.positions() <= 32 ? 1 : tile.positions() <= 64 ? 2 : 4;
  // Of the densest loop, sm_90 (bench/cuda/resources.json), for a tap and all lanes' positions.
  const double instructions = each == 1 ? 7.5 : each == 2 ? 11.5 : 19.5;
  const double of_filters = whole_parts(shape.filters / shape.groups, 32);
  const double idle = idle_share(machine, tiles * of_filters * shape.groups);
  const double taps = tiles * static_cast<double>(nonzeros);
  const double staged = tiles * of_filters * 4.0 * tile.images * shape.channels *
                        tile.stage_height * tile.stage_width;
  return kLaunch +
         std::max({idle * taps * instructions / machine.issue, idle * taps * each / machine.shared,
                   idle * staged / machine.cache_bytes});
}

double predict_product(const Machine& machine, const ProductSize& size, bool by_library) {
  const double m = static_cast<double>(size.m);
  const double n = static_cast<double>(size.n);
  const double k = static_cast<double>(size.k);
  const auto batches = static_cast<double>(size.batches);
  // Ours loads two numbers of shared memory for four multiplications; cuBLAS also cuts k.
  const double share = by_library ? 0.8 : 0.4;
  const double cuts = by_library ? std::max(1.0, k / 256) : 1;
  const double blocks = whole_parts(size.m, 64) * whole_parts(size.n, 64) * batches * cuts;
  const double flops = 2 * std::max(m, 16.0) * std::max(n, 16.0) * k * batches;
  const double bytes = 4 * (m * k + batches * (n * k + m * n));
  return (by_library ? 2 : 1) * kLaunch +  // the other launch adds the bias
         std::max(idle_share(machine, blocks) * flops / (share * machine.float_flops),
                  bytes / machine.memory_bytes);
}

double predict_unfolding(const Machine& machine, double elements) {
  return kLaunch + 2 * 4 * elements / machine.memory_bytes;
}

}  // namespace gcompress::engine::gpu
