// The ways that a linear layer may go (core/engine/linear_layer.h): by way, inputs, outputs,
// samples, density in per cent and threads.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gcompress/core/base/random.h"
#include "gcompress/core/engine/linear_layer.h"

namespace gcompress::engine {
namespace {

struct Case {
  std::int64_t inputs, outputs, samples;
  int density;
  int threads;
};

void run(benchmark::State& state, const Case& given, std::optional<LinearWay> way) {
  RandomStream random(17, "linear layer bench");
  LinearLayer layer{.samples = given.samples,
                    .inputs = given.inputs,
                    .outputs = given.outputs,
                    .threads = given.threads,
                    .network_taps = 1'000'000};
  for (std::int64_t o = 0; o < given.outputs; ++o) {
    for (std::int64_t i = 0; i < given.inputs; ++i) {
      if (100 * random.uniform() < given.density) {
        layer.taps.add_tap(static_cast<std::int32_t>(i), 0.5F);
      }
    }
    layer.taps.end_row();
  }
  layer.bias.resize(static_cast<std::size_t>(given.outputs));
  const double taps = static_cast<double>(layer.taps.taps());
  const Kernel kernel = linear_kernel(std::move(layer), way);
  const auto line = [](std::vector<float>& values) {  // where the engine's values begin
    return values.data() + (64 - reinterpret_cast<std::uintptr_t>(values.data()) % 64) % 64 / 4;
  };
  std::vector<float> x(static_cast<std::size_t>(given.samples * given.inputs + 16), 0.5F);
  std::vector<float> y(static_cast<std::size_t>(given.samples * given.outputs + 16));
  std::vector<float> scratch(static_cast<std::size_t>(kernel.scratch + 16));
  const float* input = line(x);
  float* output = line(y);
  const Call call{.inputs = {&input, 1}, .outputs = {&output, 1}, .scratch = line(scratch)};
  for (auto iteration : state) {
    kernel.run(call);
    benchmark::ClobberMemory();
  }
  state.SetLabel(kernel.facts.name);
  state.counters["GFLOPs"] = benchmark::Counter(2e-9 * taps * static_cast<double>(given.samples),
                                                benchmark::Counter::kIsIterationInvariantRate);
}

const bool kRegistered = [] {
  struct Named {
    const char* name;
    std::optional<LinearWay> way;
    std::int64_t least, most;  // samples
  };
  const Named ways[] = {{"slices", LinearWay::kSlices, 1, 1},
                        {"matrix", LinearWay::kMatrix, 1, 8},
                        {"panels", LinearWay::kPanels, 2, 1'000},
                        {"rows", LinearWay::kRows, 9, 1'000},
                        {"chosen", std::nullopt, 1, 1'000}};
  const std::int64_t sizes[][2] = {{768, 3072}, {3072, 768}, {784, 300}};
  for (const auto& size : sizes) {
    for (const std::int64_t samples : {1, 4, 8, 16, 64}) {
      for (const int density : {5, 10, 20, 30, 50, 70, 100}) {
        for (const int threads : {1, 2}) {
          for (const Named& named : ways) {
            if (samples < named.least || samples > named.most) continue;
            std::string name = "linear/";
            name += named.name;
            for (const std::int64_t part :
                 {size[0], size[1], samples, std::int64_t{density}, std::int64_t{threads}}) {
              name += "/" + std::to_string(part);
            }
            benchmark::RegisterBenchmark(
                name.c_str(), run, Case{size[0], size[1], samples, density, threads}, named.way)
                ->UseRealTime();
          }
        }
      }
    }
  }
  return true;
}();

}  // namespace
}  // namespace gcompress::engine
