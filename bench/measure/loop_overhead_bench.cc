// What the measuring loops cost: the time of an executor that does nothing but pass it, in bare
// calls and inside the loop that times each run. The difference is what measuring adds to a run;
// a window of many runs adds what it reads at both ends and a message to a worker.
//
//   bench_measure --benchmark_filter=Loop
#include <benchmark/benchmark.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "gcompress/measure/protocol/machine_watch.h"
#include "gcompress/measure/protocol/metering.h"
#include "gcompress/measure/protocol/window.h"
#include "gcompress/measure/workers/serve.h"
#include "gcompress/measure/workers/worker.h"

namespace gcompress::measure {
namespace {

// Busy for so many microseconds: LeNet-300-100 takes 20, ResNet-20 some thousand.
class Busy : public execute::Executor {
 public:
  explicit Busy(std::int64_t microseconds) : microseconds_(microseconds) {}
  std::string name() const override { return "busy"; }
  const std::vector<graph::Value>& inputs() const override { return none_; }
  const std::vector<graph::Value>& outputs() const override { return none_; }
  execute::Values run(const execute::Values&) override {
    const auto end = std::chrono::steady_clock::now() + std::chrono::microseconds(microseconds_);
    while (std::chrono::steady_clock::now() < end) {
    }
    return {};
  }

 private:
  std::int64_t microseconds_;
  std::vector<graph::Value> none_;
};

constexpr std::int64_t kRuns = 1000;

void BareLoop(benchmark::State& state) {
  Busy busy(state.range(0));
  for (auto _ : state) {
    for (std::int64_t i = 0; i < kRuns; ++i) benchmark::DoNotOptimize(busy.run({}));
  }
  state.SetItemsProcessed(state.iterations() * kRuns);
}
BENCHMARK(BareLoop)->Arg(0)->Arg(20)->Unit(benchmark::kMicrosecond);

void TimedLoop(benchmark::State& state) {
  Busy busy(state.range(0));
  const std::vector<execute::Values> inputs(8);
  std::size_t next = 0;
  for (auto _ : state) benchmark::DoNotOptimize(time_runs(busy, inputs, kRuns, next));
  state.SetItemsProcessed(state.iterations() * kRuns);
}
BENCHMARK(TimedLoop)->Arg(0)->Arg(20)->Unit(benchmark::kMicrosecond);

// All that a window reads at both ends, with a sensor that answers at once.
void WindowLoop(benchmark::State& state) {
  MeteringPlan plan;
  Sensor sensor;
  sensor.name = "package-0";
  sensor.part = "package-0";
  sensor.read = [] { return Reading{.seconds = 1, .value = 1, .why_not = {}}; };
  plan.counted = {sensor};
  Metering metering(plan, monotonic_clock());
  const Probes probes = metering.probes(std::make_shared<MachineWatch>(WatchOptions{}));
  for (auto _ : state) {
    benchmark::DoNotOptimize(measure_window({.inferences = 1}, probes, {}, [] {}));
  }
}
BENCHMARK(WindowLoop)->Unit(benchmark::kMicrosecond);

// Asking a worker for a run of nothing and reading its answer; the shell stands in for a network,
// so this is more than a worker takes.
void WorkerLoop(benchmark::State& state) {
  const std::string answers =
      "echo ready 1; read question; echo 'nothing\t\t\t'; while read question; do echo ran 0; done";
  Worker worker({"/bin/sh", "-c", answers}, {});
  for (auto _ : state) benchmark::DoNotOptimize(worker.run(1));
}
BENCHMARK(WorkerLoop)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace gcompress::measure
