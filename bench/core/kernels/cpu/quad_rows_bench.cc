// Integers in quads beside floats, layer by layer: one thread, inputs and outputs where they fit.
//
// GOP/s counts multiplications and additions of kept weights ("useful"), and of all weights as a
// dense kernel would do them ("dense"). Limit is what vpdpbusd does out of registers, measured
// first. Masks are random: unstructured, or blocks of four inputs (1x4).
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "gcompress/core/base/random.h"
#include "gcompress/core/kernels/cpu/quad_rows.h"

namespace gcompress::kernels {
namespace {

// One image of a convolution with padding that keeps its size; kernel 1 or 3.
struct Layer {
  const char* name;
  std::int64_t channels, filters, height, width, kernel;
};

constexpr Layer kLayers[] = {
    {"resnet20-16x32x32", 16, 16, 32, 32, 3},
    {"resnet20-32x16x16", 32, 32, 16, 16, 3},
    {"resnet20-64x8x8", 64, 64, 8, 8, 3},
    {"resnet50-64x56x56", 64, 64, 56, 56, 3},
    {"resnet50-256x14x14", 256, 256, 14, 14, 3},
    {"mobilenet-64-128x56x56", 64, 128, 56, 56, 1},
    {"mobilenet-256-256x28x28", 256, 256, 28, 28, 1},
    {"mobilenet-512-512x14x14", 512, 512, 14, 14, 1},
    {"mobilenet-1024-1024x7x7", 1024, 1024, 7, 7, 1},
    {"fc-768-3072-batch-64", 768, 3072, 1, 64, 1},
    {"fc-784-300-batch-16", 784, 300, 1, 16, 1},
};

struct Pattern {
  const char* name;
  double density;
  std::int64_t block;  // inputs that are kept together
};

constexpr Pattern kPatterns[] = {
    {"10%", 0.1, 1}, {"20%", 0.2, 1}, {"1x4-10%", 0.1, 4}, {"dense", 1, 1}};

std::int64_t padded_width(const Layer& layer) { return layer.width + layer.kernel - 1; }
// A plane, at a multiple of 16 positions that is odd, so that planes share no lines of the cache.
std::int64_t plane_of(const Layer& layer) {
  const std::int64_t positions = padded_width(layer) * (layer.height + layer.kernel - 1);
  const std::int64_t lines = (positions + 15) / 16;
  return 16 * (lines + (lines % 2 == 0 ? 1 : 0));
}
std::int64_t positions_of(const Layer& layer) {
  return (layer.height - 1) * padded_width(layer) + layer.width;
}

// Calls quad(row, input quad, y, x, its weights), and end() behind each row.
template <typename Quad, typename End>
void for_each_quad(const Layer& layer, const Pattern& pattern, Quad quad, End end) {
  RandomStream random(5, "quad rows bench");
  for (std::int64_t r = 0; r < layer.filters; ++r) {
    for (std::int64_t q = 0; q < layer.channels / 4; ++q) {
      for (std::int64_t y = 0; y < layer.kernel; ++y) {
        for (std::int64_t x = 0; x < layer.kernel; ++x) {
          QuadWeights weights{};
          bool kept = false;
          for (std::size_t k = 0; k < 4; ++k) {
            if (k % static_cast<std::size_t>(pattern.block) == 0) {
              kept = random.uniform() < pattern.density;
            }
            if (kept) weights[k] = static_cast<std::int8_t>(1 + random.below(127));
          }
          quad(q, y, x, weights);
        }
      }
    }
    end();
  }
}

struct Work {
  std::int64_t kept = 0;
  std::int64_t all = 0;
};

void report(benchmark::State& state, const Layer& layer, const Work& work, std::int64_t taps) {
  const auto positions = static_cast<double>(layer.height * layer.width);
  const auto rate = [&](std::int64_t weights) {
    return benchmark::Counter(2e-9 * static_cast<double>(weights) * positions,
                              benchmark::Counter::kIsIterationInvariantRate);
  };
  state.counters["useful_GOPs"] = rate(work.kept);
  state.counters["dense_GOPs"] = rate(work.all);
  state.counters["issued_GOPs"] = rate(taps);
}

void quads(benchmark::State& state, const QuadKernel& kernel, const Layer& layer,
           const Pattern& pattern, int least) {
  QuadRows rows;
  Work work;
  rows.planes = layer.channels / 4;
  const std::int64_t plane = plane_of(layer);
  for_each_quad(
      layer, pattern,
      [&](std::int64_t q, std::int64_t y, std::int64_t x, const QuadWeights& weights) {
        rows.add_tap(static_cast<std::int32_t>(q * plane + y * padded_width(layer) + x), weights);
        work.kept += 4 - std::ranges::count(weights, 0);
        work.all += 4;
      },
      [&] { rows.end_row(); });
  const auto taps = static_cast<std::int64_t>(rows.taps.size());
  if (least > 0) rows = share_taps(rows, least);
  rows = laid_out_for(kernel, rows);
  const std::int64_t n = positions_of(layer);
  const auto bytes = [](std::int64_t positions) {
    return std::vector<std::uint8_t>(static_cast<std::size_t>(4 * positions + 64), 3);
  };
  const auto aligned = [](std::vector<std::uint8_t>& values) {
    const auto address = reinterpret_cast<std::uintptr_t>(values.data());
    return values.data() + (64 - address % 64) % 64;
  };
  std::vector<std::uint8_t> x = bytes(plane * layer.channels / 4);
  std::vector<std::uint8_t> y = bytes(plane * ((layer.filters + 3) / 4));
  const std::vector<float> scale(static_cast<std::size_t>(layer.filters), 0.01F);
  const std::vector<std::int32_t> bias(static_cast<std::size_t>(layer.filters), 5);
  for (auto iteration : state) {
    kernel.multiply(rows, {0, layer.filters}, aligned(x), n, aligned(y), plane,
                    {.bias = bias.data(), .scale = scale.data(), .zero_point = 3});
    benchmark::ClobberMemory();
  }
  report(state, layer, work, 4 * taps);
}

void floats(benchmark::State& state, const Layer& layer, const Pattern& pattern) {
  TapRows rows;
  Work work;
  const std::int64_t plane = plane_of(layer);
  for_each_quad(
      layer, pattern,
      [&](std::int64_t q, std::int64_t y, std::int64_t x, const QuadWeights& weights) {
        for (std::int64_t k = 0; k < 4; ++k) {
          ++work.all;
          if (weights[static_cast<std::size_t>(k)] == 0) continue;
          ++work.kept;
          rows.add_tap(static_cast<std::int32_t>((4 * q + k) * plane + y * padded_width(layer) + x),
                       weights[static_cast<std::size_t>(k)]);
        }
      },
      [&] { rows.end_row(); });
  const std::int64_t n = positions_of(layer);
  const std::vector<float> x(static_cast<std::size_t>(plane * layer.channels), 1.5F);
  std::vector<float> y(static_cast<std::size_t>(plane * layer.filters));
  for (auto iteration : state) {
    multiply_tap_rows(rows, {0, layer.filters}, x.data(), n, y.data(), plane, {});
    benchmark::ClobberMemory();
  }
  report(state, layer, work, work.kept);
}

#if defined(__x86_64__) && defined(__GNUC__)
// Eight chains of vpdpbusd on registers alone.
void limit(benchmark::State& state) {
  constexpr int kRounds = 1000;
  for (auto iteration : state) {
    for (int i = 0; i < kRounds; ++i) {
      asm volatile(
          "vpdpbusd %%zmm16, %%zmm17, %%zmm0\n vpdpbusd %%zmm16, %%zmm17, %%zmm1\n"
          "vpdpbusd %%zmm16, %%zmm17, %%zmm2\n vpdpbusd %%zmm16, %%zmm17, %%zmm3\n"
          "vpdpbusd %%zmm16, %%zmm17, %%zmm4\n vpdpbusd %%zmm16, %%zmm17, %%zmm5\n"
          "vpdpbusd %%zmm16, %%zmm17, %%zmm6\n vpdpbusd %%zmm16, %%zmm17, %%zmm7\n"
          "vpdpbusd %%zmm16, %%zmm17, %%zmm8\n vpdpbusd %%zmm16, %%zmm17, %%zmm9\n" ::
              : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9");
    }
  }
  state.counters["GOPs"] =
      benchmark::Counter(2e-9 * 64 * 10 * kRounds, benchmark::Counter::kIsIterationInvariantRate);
}
#endif

const bool kRegistered = [] {
#if defined(__x86_64__) && defined(__GNUC__)
  if (std::string(best_quad_kernel().name) == "AVX-512 VNNI") {
    benchmark::RegisterBenchmark("limit", limit);
  }
#endif
  for (const Layer& layer : kLayers) {
    for (const Pattern& pattern : kPatterns) {
      const std::string name = std::string("/") + layer.name + "/" + pattern.name;
      benchmark::RegisterBenchmark(("float" + name).c_str(), floats, layer, pattern);
      for (const QuadKernel& kernel : quad_kernels()) {
        if (!kernel.runs_here()) continue;
        for (const int least : {0, 2, 3}) {  // 0: nothing is shared
          const std::string shared = least == 0 ? "" : "/shared-by-" + std::to_string(least);
          benchmark::RegisterBenchmark((kernel.name + name + shared).c_str(), quads, kernel, layer,
                                       pattern, least);
        }
      }
    }
  }
  return true;
}();

}  // namespace
}  // namespace gcompress::kernels
