// Distances and drops against naive ones.
#include "gcompress/quantize/judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "gcompress/core/data/memory_source.h"
#include "gcompress/quantize/search.h"
#include "tests/support/naive_executor.h"
#include "tests/support/network_builder.h"
#include "tests/support/scratch.h"

namespace gcompress::quantize {
namespace {

using testing::naive_factory;
using testing::NaiveExecutor;
using testing::NetworkBuilder;
using testing::normal_samples;

graph::Network linear(std::uint64_t seed) {
  NetworkBuilder b({-1, 4}, seed);
  b.gemm("g", "x", 4, 3);
  return b.finish("g", {-1, 3});
}

// Labels are what the network of seed 1 answers, but for every fifth.
data::Dataset labelled_samples() {
  const data::Dataset plain = normal_samples(50, {4});
  const Tensor values = plain.batch(plain.indices).inputs[0].second;
  NaiveExecutor executor(linear(1), nullptr);
  const std::vector<float> logits = to_float32(executor.run({{"x", values}}).begin()->second);
  std::vector<std::int64_t> labels(50);
  for (std::size_t row = 0; row < labels.size(); ++row) {
    const auto begin = logits.begin() + static_cast<std::ptrdiff_t>(3 * row);
    labels[row] = std::max_element(begin, begin + 3) - begin;
    if (row % 5 == 0) labels[row] = (labels[row] + 1) % 3;
  }
  data::Dataset data = plain;
  data.source = std::make_shared<data::MemorySource>(
      std::vector<data::MemorySource::Part>{{"", values}},
      data::MemorySource::Part{"labels", Tensor::from<std::int64_t>({50}, std::move(labels))});
  return data;
}

TEST(Judge, ANetworkIsNoDistanceFromItself) {
  const execute::ExecutorFactory make = naive_factory();
  const data::Dataset data = normal_samples(30, {4});
  const execute::Task task;
  const RunContext context;
  const Judge judge(linear(1), make, data, task, {}, context);
  const Verdict verdict = judge.judge(linear(1));
  EXPECT_EQ(verdict.distance, 0);
  EXPECT_EQ(verdict.agreement, 1);
  EXPECT_EQ(verdict.drop, 0);
}

TEST(Judge, WithClassesDistanceIsTheDivergenceAndDropThatOfRightAnswers) {
  const execute::ExecutorFactory make = naive_factory();
  const data::Dataset data = labelled_samples();
  const execute::Task task{.kind = execute::TaskKind::kClassification, .output = "g", .classes = 3};
  const RunContext context;
  const Judge judge(linear(1), make, data, task, {}, context);
  const Verdict verdict = judge.judge(linear(2));

  const data::Batch batch = data.batch(data.indices);
  const auto outputs = [&](std::uint64_t seed) {
    NaiveExecutor executor(linear(seed), nullptr);
    return to_float32(executor.run({{"x", batch.inputs[0].second}}).begin()->second);
  };
  const std::vector<float> p = outputs(1);
  const std::vector<float> q = outputs(2);
  const std::vector<std::int64_t> labels = to_int64(batch.labels);
  double divergence = 0;
  double same = 0;
  double right = 0;
  for (std::size_t row = 0; row < 50; ++row) {
    double p_sum = 0;
    double q_sum = 0;
    for (std::size_t i = 3 * row; i < 3 * row + 3; ++i) {
      p_sum += std::exp(p[i]);
      q_sum += std::exp(q[i]);
    }
    for (std::size_t i = 3 * row; i < 3 * row + 3; ++i) {
      divergence +=
          std::exp(p[i]) / p_sum * std::log(std::exp(p[i]) / p_sum * q_sum / std::exp(q[i]));
    }
    const auto answer = [&](const std::vector<float>& logits) {
      const auto begin = logits.begin() + static_cast<std::ptrdiff_t>(3 * row);
      return std::max_element(begin, begin + 3) - begin;
    };
    same += answer(p) == answer(q) ? 1 : 0;
    right += answer(q) == labels[row] ? 1 : 0;
  }
  EXPECT_NEAR(verdict.distance, divergence / 50, 1e-5 * divergence);
  EXPECT_NEAR(verdict.agreement, same / 50, 1e-12);
  EXPECT_NEAR(verdict.drop, 0.8 - right / 50, 1e-12);
}

TEST(Judge, HoldsNoMoreThanItMay) {
  const execute::ExecutorFactory make = naive_factory();
  const data::Dataset data = normal_samples(100, {4});
  const execute::Task task;
  const RunContext context;
  // Seven floats a sample, ten samples a batch.
  const Judge judge(linear(1), make, data, task, {.batch_size = 10, .held_bytes = 1000}, context);
  EXPECT_EQ(judge.samples(), 40);
}

struct SearchFixture {
  graph::Network network = linear(3);
  data::Dataset data = normal_samples(60, {4});
  execute::ExecutorFactory make = naive_factory();
  execute::Task task;
  RunContext context;
  MomentSource no_moments;
  ShapesOf shapes = [](const graph::Network& of) { return graph::infer_shapes(of); };
  Found found(const SearchOptions& options) {
    const Judge judge(network, make, data, task, {}, context);
    return search(network, options, {data, make, judge, no_moments, shapes, context});
  }
};

TEST(Search, TakesTheCalibratorThatComesNearest) {
  SearchFixture fixture;
  const Found best = fixture.found({.bias_correction = Choice::kOff});
  for (const CalibratorRow& row : calibrators()) {
    const Found other = fixture.found(
        {.calibrator = row.name, .bias_correction = Choice::kOff, .mixed_precision = Choice::kOff});
    EXPECT_EQ(other.calibrator, row.name);
    EXPECT_LE(best.verdict.distance, other.verdict.distance) << row.name;
  }
}

TEST(Search, WhatIsNearEnoughNeedsNoLayersLeftFloat) {
  SearchFixture fixture;
  NetworkBuilder b({-1, 4}, 3);
  b.gemm("h", b.node("Relu", "r", {b.gemm("g", "x", 4, 6)}), 6, 3);
  fixture.network = b.finish("h", {-1, 3});
  SearchOptions options{.calibrator = "min-max", .goal = -1};
  EXPECT_EQ(fixture.found(options).quantized.plan.layers.size(), 1U);  // all but one, and missed
  options.near_enough = 1;
  EXPECT_EQ(fixture.found(options).quantized.plan.layers.size(), 2U);
}

TEST(Search, TheSameSeedGivesTheSameNetwork) {
  SearchFixture fixture;
  const Found first = fixture.found({});
  const Found second = fixture.found({});
  EXPECT_EQ(first.notes, second.notes);
  ASSERT_EQ(first.quantized.network.graph.initializers.size(),
            second.quantized.network.graph.initializers.size());
  for (std::size_t i = 0; i < first.quantized.network.graph.initializers.size(); ++i) {
    EXPECT_TRUE(identical(first.quantized.network.graph.initializers[i].value,
                          second.quantized.network.graph.initializers[i].value));
  }
}

TEST(Search, ANetworkWithoutLayersForIntegersIsRefusedWithReasons) {
  SearchFixture fixture;
  NetworkBuilder b({-1, 4}, 1);
  b.node("Gemm", "g", {"x", b.floats("w", {4, 2})}, {graph::make_attribute("alpha", 2.0F)});
  fixture.network = b.finish("g", {-1, 2});
  EXPECT_THAT(testing::thrown_by([&] { fixture.found({}); }),
              ::testing::HasSubstr("no layer of the network can run on integers: g (it scales"));
}

}  // namespace
}  // namespace gcompress::quantize
