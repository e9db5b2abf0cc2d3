// How fast fit() trains beside the same network written by hand in libtorch.
//
// First both train a few steps on the same batches and must reach the same loss. Then they take
// turns in one process (ours, theirs, theirs, ours, ...), so that whatever else the machine does
// hits both; the ratio is of the medians and, as noise only ever slows, of the minima.
// Ours counts everything that fit() does: loading, preprocessing and shuffling bytes, building the
// program, writing the network back. Theirs holds its images as floats in memory and picks rows.
#include <benchmark/benchmark.h>
#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "gcompress/core/base/random.h"
#include "gcompress/core/data/loader.h"
#include "gcompress/core/data/memory_source.h"
#include "gcompress/core/networks/networks.h"
#include "gcompress/core/train/fit.h"
#include "gcompress/core/train/program.h"
#include "handwritten.h"

namespace gcompress::train::bench {
namespace {

constexpr std::int64_t kBatch = 128;
constexpr std::uint64_t kSeed = 7;

struct Problem {
  graph::Network network;
  data::Dataset data;
  FitOptions options;
  torch::Tensor images;  // float, all of them
  torch::Tensor labels;
};

Problem make_problem(graph::Network network, const Shape& sample, std::int64_t samples,
                     OptimizerKind optimizer) {
  RandomStream random(kSeed, "train speed");
  Shape shape = sample;
  shape.insert(shape.begin(), samples);
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(element_count(shape)));
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random.below(256));
  std::vector<std::int64_t> labels;
  for (std::int64_t i = 0; i < samples; ++i) labels.push_back(random.below(10));

  Problem problem;
  problem.network = std::move(network);
  problem.data.preprocessing.scale = 1.0F / 255;
  problem.data.indices.resize(static_cast<std::size_t>(samples));
  std::iota(problem.data.indices.begin(), problem.data.indices.end(), 0);
  const Tensor raw = Tensor::from<std::uint8_t>(shape, std::move(bytes));
  const Tensor answers = Tensor::from<std::int64_t>({samples}, std::move(labels));
  problem.data.source =
      std::make_shared<data::MemorySource>(std::vector<data::MemorySource::Part>{{"", raw}},
                                           data::MemorySource::Part{"labels", answers});
  problem.images = to_torch(raw).to(torch::kFloat) / 255;
  problem.labels = to_torch(answers);
  problem.options.optimizer = optimizer;
  problem.options.learning_rate = optimizer == OptimizerKind::kSgd ? 0.05 : 1e-3;
  problem.options.schedule = ScheduleKind::kConstant;
  problem.options.batch_size = kBatch;
  return problem;
}

RunContext context() {
  RunContext context;
  context.seed = kSeed;
  const char* threads = std::getenv("GCOMPRESS_BENCH_THREADS");
  context.threads = threads != nullptr ? std::atoi(threads) : at::get_num_threads();
  return context;
}

double loss_of_ours(const Problem& problem, std::int64_t steps) {
  FitOptions options = problem.options;
  options.max_steps = steps;
  const execute::Task task{.kind = execute::TaskKind::kClassification, .output = {}, .classes = 10};
  return fit(problem.network, problem.data, {}, task, options, {}, {}, {}, context())
      .epochs.back()
      .train_loss;
}

// A module with the weights of the network, and its optimiser.
template <typename Module>
struct Handwritten {
  std::shared_ptr<Module> module = std::make_shared<Module>();
  std::unique_ptr<torch::optim::Optimizer> optimizer;

  explicit Handwritten(const Problem& problem) {
    const torch::NoGradGuard no_gradients;
    for (auto& parameter : module->named_parameters()) {
      const graph::Initializer* initial = problem.network.graph.initializer(parameter.key());
      GCOMPRESS_CHECK(initial != nullptr);
      parameter.value().copy_(to_torch(initial->value));
    }
    const double rate = problem.options.learning_rate;
    if (problem.options.optimizer == OptimizerKind::kSgd) {
      optimizer = std::make_unique<torch::optim::SGD>(module->parameters(),
                                                      torch::optim::SGDOptions(rate).momentum(0.9));
    } else {
      optimizer = std::make_unique<torch::optim::AdamW>(
          module->parameters(), torch::optim::AdamWOptions(rate).weight_decay(0));
    }
    module->train();
  }
  double step(const torch::Tensor& images, const torch::Tensor& labels) {
    optimizer->zero_grad();
    const torch::Tensor loss = torch::cross_entropy_loss(module->forward(images), labels);
    loss.backward();
    optimizer->step();
    return loss.template item<double>();
  }
};

// The batches that fit() sees.
template <typename Module>
double loss_of_theirs(const Problem& problem, std::int64_t steps) {
  Handwritten<Module> handwritten(problem);
  data::Loader loader(problem.data, {.batch_size = kBatch, .shuffle = true}, kSeed, 0);
  double sum = 0;
  for (std::int64_t i = 0; i < steps; ++i) {
    const auto batch = loader.next();
    sum += handwritten.step(to_torch(batch->inputs.front().second), to_torch(batch->labels));
  }
  return sum / static_cast<double>(steps);
}

template <typename Module>
void train_theirs(const Problem& problem, std::int64_t steps) {
  Handwritten<Module> handwritten(problem);
  torch::Tensor order = torch::randperm(problem.images.size(0));
  std::int64_t next = 0;
  for (std::int64_t i = 0; i < steps; ++i) {
    if (next + kBatch > order.size(0)) {
      order = torch::randperm(order.size(0));
      next = 0;
    }
    const torch::Tensor rows = order.narrow(0, next, kBatch);
    next += kBatch;
    handwritten.step(problem.images.index_select(0, rows), problem.labels.index_select(0, rows));
  }
}

// One side's rounds, by the wall and in processor time, which a busy machine disturbs less.
struct Times {
  std::vector<double> wall_seconds;
  std::vector<double> cpu_seconds;

  void add(const std::function<void()>& work) {
    const auto start = std::chrono::steady_clock::now();
    const std::clock_t cpu_start = std::clock();
    work();
    cpu_seconds.push_back(static_cast<double>(std::clock() - cpu_start) / CLOCKS_PER_SEC);
    wall_seconds.push_back(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

double least(const std::vector<double>& values) {
  return *std::min_element(values.begin(), values.end());
}

template <typename Module>
void compare(benchmark::State& state, const Problem& problem, std::int64_t steps, int rounds) {
  at::set_num_threads(context().threads);
  for (auto _ : state) {
    const double ours_loss = loss_of_ours(problem, 4);
    const double theirs_loss = loss_of_theirs<Module>(problem, 4);
    // Four steps of float32 in another order of operations.
    if (std::abs(ours_loss - theirs_loss) > 1e-3 * theirs_loss) {
      state.SkipWithError(("the losses differ: " + std::to_string(ours_loss) + " and " +
                           std::to_string(theirs_loss))
                              .c_str());
      return;
    }
    const auto train_ours = [&] { loss_of_ours(problem, steps); };
    const auto train_handwritten = [&] { train_theirs<Module>(problem, steps); };
    Times ours;
    Times theirs;
    for (int round = 0; round < rounds; ++round) {
      if (round % 2 == 0) ours.add(train_ours);
      theirs.add(train_handwritten);
      if (round % 2 != 0) ours.add(train_ours);
    }
    const double images = static_cast<double>(steps * kBatch);
    state.counters["ours_images_per_second"] = images / least(ours.wall_seconds);
    state.counters["handwritten_images_per_second"] = images / least(theirs.wall_seconds);
    state.counters["speed_ratio_of_medians"] =
        median(theirs.wall_seconds) / median(ours.wall_seconds);
    state.counters["speed_ratio_of_minima"] = least(theirs.wall_seconds) / least(ours.wall_seconds);
    state.counters["cpu_ratio_of_medians"] = median(theirs.cpu_seconds) / median(ours.cpu_seconds);
    state.counters["cpu_ratio_of_minima"] = least(theirs.cpu_seconds) / least(ours.cpu_seconds);
    state.counters["threads"] = context().threads;
  }
}

void lenet_300_100(benchmark::State& state) {
  const Problem problem =
      make_problem(networks::lenet_300_100(1), {1, 28, 28}, 128 * 100, OptimizerKind::kAdamW);
  compare<HandwrittenLeNet>(state, problem, 300, 7);
}
BENCHMARK(lenet_300_100)->Iterations(1)->Unit(benchmark::kSecond);

void resnet_20(benchmark::State& state) {
  const Problem problem =
      make_problem(networks::resnet_cifar(20, 1), {3, 32, 32}, 128 * 10, OptimizerKind::kSgd);
  compare<HandwrittenResNet20>(state, problem, 5, 5);
}
BENCHMARK(resnet_20)->Iterations(1)->Unit(benchmark::kSecond);

}  // namespace
}  // namespace gcompress::train::bench
