// Integers by AMX tiles, and filters a channel: one thread, inputs and outputs where they fit.
//
// GOP/s counts multiplications and additions of all weights. tdpbsud does 16 x 16 x 64 of them in
// 16 cycles: 2 x 1024 a cycle.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>
#include <vector>

#include "gcompress/core/kernels/cpu/quad_depthwise.h"
#include "gcompress/core/kernels/cpu/quad_tiles.h"

namespace gcompress::kernels {
namespace {

struct Layer {
  const char* name;
  std::int64_t channels, filters, side, kernel;
};
constexpr Layer kLayers[] = {{"resnet20-32x16x16", 32, 32, 16, 3},
                             {"resnet20-64x8x8", 64, 64, 8, 3},
                             {"mobilenet-64-128x56x56", 64, 128, 56, 1},
                             {"mobilenet-512-512x14x14", 512, 512, 14, 1},
                             {"mobilenet-1024-1024x7x7", 1024, 1024, 7, 1}};
constexpr Layer kDepthwise[] = {{"mobilenet-128x56x56", 128, 128, 56, 3},
                                {"mobilenet-512x14x14", 512, 512, 14, 3}};

std::int64_t pitch_of(const Layer& layer) { return layer.side + layer.kernel - 1; }
std::int64_t plane_of(const Layer& layer) {
  const std::int64_t lines = pitch_of(layer) * (layer.side + layer.kernel - 1) / 16 + 1;
  return 16 * (lines + 1 - lines % 2);
}
std::int64_t positions_of(const Layer& layer) {
  return (layer.side - 1) * pitch_of(layer) + layer.side;
}

// Values that begin at a line of the cache.
class Codes {
 public:
  explicit Codes(std::int64_t positions)
      : bytes_(static_cast<std::size_t>(4 * positions + 512), 3) {}
  std::uint8_t* data() {
    const auto address = reinterpret_cast<std::uintptr_t>(bytes_.data());
    return bytes_.data() + (64 - address % 64) % 64;
  }

 private:
  std::vector<std::uint8_t> bytes_;
};

void report(benchmark::State& state, const Layer& layer, std::int64_t channels) {
  const auto products = static_cast<double>(channels * layer.filters * layer.kernel * layer.kernel *
                                            layer.side * layer.side);
  state.counters["GOPs"] =
      benchmark::Counter(2e-9 * products, benchmark::Counter::kIsIterationInvariantRate);
}

void tiles(benchmark::State& state, const Layer& layer) {
  TapPlaces places{.quads = layer.channels / 4, .stride = plane_of(layer), .taps = {}};
  for (std::int64_t y = 0; y < layer.kernel; ++y) {
    for (std::int64_t x = 0; x < layer.kernel; ++x) {
      places.taps.push_back(static_cast<std::int32_t>(y * pitch_of(layer) + x));
    }
  }
  QuadRows rows;
  for (std::int64_t r = 0; r < layer.filters; ++r) {
    for (std::int64_t q = 0; q < places.quads; ++q) {
      for (const std::int32_t tap : places.taps) {
        rows.add_tap(static_cast<std::int32_t>(q * places.stride) + tap, {1, -2, 3, -4});
      }
    }
    rows.end_row();
  }
  const QuadTiles weight = tiled_quads(rows, places);
  Codes x(places.stride * places.quads);
  Codes y(places.stride * layer.filters / 4);
  const std::vector<float> scale(static_cast<std::size_t>(layer.filters), 0.01F);
  const std::vector<std::int32_t> bias(static_cast<std::size_t>(layer.filters), 5);
  for (auto iteration : state) {
    quad_tile_kernel()->multiply(weight, {0, layer.filters}, x.data(), positions_of(layer),
                                 y.data(), places.stride,
                                 {.bias = bias.data(), .scale = scale.data(), .zero_point = 3});
    benchmark::ClobberMemory();
  }
  report(state, layer, layer.channels);
}

void depthwise(benchmark::State& state, const QuadDepthwiseKernel& kernel, const Layer& layer) {
  const auto size = static_cast<int>(layer.kernel);
  const std::vector<std::int8_t> weights(
      static_cast<std::size_t>(layer.channels * layer.kernel * layer.kernel), 3);
  const DepthwiseQuads weight =
      depthwise_quads(kernel, weights, layer.channels, size, size, 1, pitch_of(layer));
  const std::int64_t plane = plane_of(layer);
  Codes x(plane * layer.channels / 4);
  Codes y(plane * layer.channels / 4);
  const std::vector<float> scale(static_cast<std::size_t>(layer.channels), 0.01F);
  const std::vector<std::int32_t> bias(static_cast<std::size_t>(layer.channels), 5);
  for (auto iteration : state) {
    kernel.multiply(weight, {0, layer.channels / 4}, x.data(), plane, {.n = positions_of(layer)},
                    y.data(), plane, {.bias = bias.data(), .scale = scale.data(), .zero_point = 3});
    benchmark::ClobberMemory();
  }
  report(state, layer, 1);
}

const bool kRegistered = [] {
  for (const Layer& layer : kLayers) {
    if (quad_tile_kernel() == nullptr) break;
    benchmark::RegisterBenchmark((std::string("AMX tiles/") + layer.name).c_str(), tiles, layer);
  }
  for (const Layer& layer : kDepthwise) {
    for (const QuadDepthwiseKernel& kernel : quad_depthwise_kernels()) {
      if (!kernel.runs_here()) continue;
      benchmark::RegisterBenchmark((std::string(kernel.name) + "/depthwise/" + layer.name).c_str(),
                                   depthwise, kernel, layer);
    }
  }
  return true;
}();

}  // namespace
}  // namespace gcompress::kernels
