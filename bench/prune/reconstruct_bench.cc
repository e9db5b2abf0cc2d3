// How long one layer's step takes: costs of removal, the sweep, the exact fit of what is kept.
#include <benchmark/benchmark.h>

#include "gcompress/core/base/random.h"
#include "gcompress/prune/reconstruct/obs.h"

namespace gcompress::prune {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;

MatrixXd normal(Index rows, Index columns, std::uint64_t seed) {
  RandomStream random(seed, "reconstruct bench");
  return MatrixXd::NullaryExpr(rows, columns, [&] { return double{random.normal()}; });
}

// A square layer whose inputs go along with each other a little.
struct Layer {
  explicit Layer(Index size) : weights(normal(size, size, 1)) {
    const MatrixXd x = normal(size, 2 * size, 2);
    gram = x * x.transpose() / static_cast<double>(2 * size);
    dampen(gram, 1e-2);
  }
  MatrixXd weights;
  MatrixXd gram;
};

// SparseGPT's step from the Gram matrix on: inverse, factor, one pass to half the weights.
void sweep_to_half(benchmark::State& state) {
  const Layer layer(state.range(0));
  for (auto _ : state) {
    const MatrixXd inverse = inverse_of(layer.gram);
    benchmark::DoNotOptimize(
        sweep(layer.weights, inverse, {.kept = layer.weights.size() / 2}, RunContext()));
  }
}

void exact_order(benchmark::State& state) {
  const Layer layer(state.range(0));
  const MatrixXd inverse = inverse_of(layer.gram);
  for (auto _ : state) {
    benchmark::DoNotOptimize(ordered_removal_costs(layer.weights, inverse, RunContext()));
  }
}

// Every second weight kept.
void exact_fit(benchmark::State& state) {
  const Layer layer(state.range(0));
  const BoolMatrix keep =
      BoolMatrix::NullaryExpr(state.range(0), state.range(0),
                              [](Index row, Index column) { return (row + column) % 2 == 0; });
  const MatrixXd target = layer.weights * layer.gram;
  for (auto _ : state) {
    benchmark::DoNotOptimize(refit(layer.gram, target, keep, RunContext()));
  }
}

BENCHMARK(sweep_to_half)->Arg(256)->Arg(1024)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(exact_order)->Arg(128)->Arg(256)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(exact_fit)->Arg(256)->Arg(1024)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace gcompress::prune
