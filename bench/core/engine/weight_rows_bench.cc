// The kernels that a layer's weight may go by (core/engine/weight_rows.h), one thread: share of the
// kept weights' multiply-adds, and how often each kernel is at its best.
//
// Names are outputs x inputs x lines of 16 columns, with the density in per cent.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "gcompress/core/base/random.h"
#include "gcompress/core/engine/weight_rows.h"

namespace gcompress::engine {
namespace {

using Kind = WeightRows::Kind;

struct Layer {
  std::int64_t outputs, inputs, lines;
};

// 1x1 layers of MobileNetV1 and ResNet-50, of which maps lie as rows of a frame, and squares.
constexpr Layer kLayers[] = {{64, 32, 798},   {128, 64, 203}, {128, 128, 203},  {256, 128, 52},
                             {256, 256, 52},  {512, 256, 14}, {512, 512, 14},   {1024, 512, 4},
                             {1024, 1024, 4}, {256, 64, 203}, {64, 256, 203},   {2048, 512, 4},
                             {512, 2048, 4},  {512, 512, 32}, {1024, 1024, 64}, {2048, 2048, 128},
                             {4096, 4096, 32}};

void multiply(benchmark::State& state, const Layer& layer, double density, std::int64_t network,
              std::optional<Kind> kind) {
  RandomStream random(11, "weight rows bench");
  // Rows of inputs lie an odd number of lines apart, as planes do; of squares as they are.
  const std::int64_t stride =
      16 * (layer.lines % 2 == 1 || layer.lines >= 32 ? layer.lines : layer.lines + 1);
  kernels::TapRows taps;
  for (std::int64_t r = 0; r < layer.outputs; ++r) {
    for (std::int64_t c = 0; c < layer.inputs; ++c) {
      if (random.uniform() < density) {
        taps.add_tap(static_cast<std::int32_t>(c * stride), 1.5F);
      }
    }
    taps.end_row();
  }
  const WeightRows rows(std::move(taps),
                        std::vector<float>(static_cast<std::size_t>(layer.outputs)),
                        {.lines = layer.lines, .y_stride = stride, .network_taps = network}, kind);
  // From the beginning of a cache line on, as the engine's values.
  const auto aligned = [](std::vector<float>& values) {
    return values.data() + (64 - reinterpret_cast<std::uintptr_t>(values.data()) % 64) % 64 / 4;
  };
  std::vector<float> x(static_cast<std::size_t>(layer.inputs * stride + 16), 0.5F);
  std::vector<float> y(static_cast<std::size_t>(layer.outputs * stride + 16));
  for (auto iteration : state) {
    rows.run(0, rows.units(), {.x = aligned(x), .y = aligned(y)});
    benchmark::ClobberMemory();
  }
  state.SetLabel(rows.name());
  state.counters["GFLOPs"] =
      benchmark::Counter(2e-9 * static_cast<double>(rows.taps() * layer.lines) * 16,
                         benchmark::Counter::kIsIterationInvariantRate);
}

const bool kRegistered = [] {
  struct Named {
    const char* name;
    std::optional<Kind> kind;
  };
  const Named kinds[] = {{"code", Kind::kCode},
                         {"loop", Kind::kLoop},
                         {"panels", Kind::kPanels},
                         {"dense", Kind::kDense},
                         {"chosen", std::nullopt}};
  for (const Layer& layer : kLayers) {
    for (const double density : {0.1, 0.3}) {
      for (const Named& named : kinds) {
        const std::string name = std::to_string(layer.outputs) + "x" +
                                 std::to_string(layer.inputs) + "x" + std::to_string(layer.lines) +
                                 "/" + std::to_string(static_cast<int>(100 * density)) + "/" +
                                 named.name;
        benchmark::RegisterBenchmark(name.c_str(), multiply, layer, density,
                                     std::int64_t{1'000'000}, named.kind);
      }
    }
  }
  return true;
}();

}  // namespace
}  // namespace gcompress::engine
