// How long choosing and masking takes: 100 million weights in ten matrices, to a tenth.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "gcompress/core/base/random.h"
#include "gcompress/prune/prune.h"
#include "gcompress/prune/search.h"

namespace gcompress::prune {
namespace {

// Ten square matrices with biases and Relu between them.
graph::Network matrices(std::int64_t size) {
  graph::Network network;
  network.ir_version = 8;
  network.opset_imports = {{"", 17}};
  network.graph.inputs.push_back(graph::make_value("x", DataType::kFloat32, {-1, size}));
  std::string value = "x";
  for (int layer = 0; layer < 10; ++layer) {
    const std::string name = "layer" + std::to_string(layer);
    RandomStream random(1, name);
    std::vector<float> weights(static_cast<std::size_t>(size * size));
    // A sum of four uniforms: bell-shaped, and quicker than a normal.
    for (float& weight : weights) {
      weight = random.uniform() + random.uniform() - random.uniform() - random.uniform();
    }
    network.graph.initializers.push_back(
        {.name = name + ".weight",
         .value = Tensor::from<float>({size, size}, std::move(weights)),
         .opaque = {}});
    network.graph.initializers.push_back(
        {.name = name + ".bias",
         .value = Tensor::from<float>({size}, std::vector<float>(static_cast<std::size_t>(size))),
         .opaque = {}});
    network.graph.nodes.push_back(
        graph::make_node("Gemm", name, {value, name + ".weight", name + ".bias"}, {name},
                         {graph::make_attribute("transB", std::int64_t{1})}));
    network.graph.nodes.push_back(
        graph::make_node("Relu", name + ".relu", {name}, {name + ".relu"}));
    value = name + ".relu";
  }
  network.graph.outputs.push_back(graph::make_value(value, DataType::kFloat32, {-1, size}));
  return network;
}

void score_and_select(benchmark::State& state, const std::string& name,
                      const std::string& pattern) {
  const graph::Network network = matrices(state.range(0));
  PruneOptions options = {.target = 0.1, .allocation = name};
  options.pattern = graph::parse_pattern(pattern);
  const Plan plan = make_plan(network, options);
  for (auto _ : state) {
    AllocateInputs inputs = allocate_inputs(plan, options);
    inputs.score = criterion("magnitude").make({});
    const PreparedAllocation prepared = prepare(std::move(inputs), options, 0);
    benchmark::DoNotOptimize(prepared.allocate(static_cast<std::int64_t>(plan.budget)));
  }
  state.SetItemsProcessed(state.iterations() * plan.parameters_counted);
}

// All of it: plan, scores, search with dead channels, masking.
void one_shot(benchmark::State& state) {
  const graph::Network network = matrices(state.range(0));
  const PruneOptions options = {.target = 0.1};
  std::int64_t weights = 0;
  for (auto _ : state) {
    const Plan plan = make_plan(network, options);
    benchmark::DoNotOptimize(prune_one_shot(network, plan, options));
    weights = plan.parameters_counted;
  }
  state.SetItemsProcessed(state.iterations() * weights);
}

#define ALLOCATION(label, name, pattern)                    \
  BENCHMARK_CAPTURE(score_and_select, label, name, pattern) \
      ->Arg(3200)                                           \
      ->Unit(benchmark::kMillisecond)
ALLOCATION(global, "global", "unstructured");
ALLOCATION(uniform, "uniform", "unstructured");
ALLOCATION(erk, "erk", "unstructured");
ALLOCATION(lamp, "lamp", "unstructured");
ALLOCATION(cost, "cost", "unstructured");
ALLOCATION(blocks_1x4, "global", "1x4");
ALLOCATION(two_of_four, "global", "2:4");
ALLOCATION(tiles_64_2_20, "global", "64:2:20");
BENCHMARK(one_shot)->Arg(3200)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace gcompress::prune
