// Scores of executors whose answers are known.
#include "gcompress/core/execute/evaluate.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "gcompress/core/data/life.h"
#include "gcompress/core/data/memory_source.h"
#include "gcompress/core/data/splits.h"
#include "gcompress/core/execute/answers.h"
#include "gcompress/core/execute/life.h"
#include "tests/support/scratch.h"

namespace gcompress::execute {
namespace {

using testing::thrown_by;
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

// Answers with a function; notes the batches it was given.
class Scripted : public Executor {
 public:
  using Answer = std::function<Tensor(const Values&)>;
  Scripted(std::vector<graph::Value> inputs, graph::Value output, Answer answer)
      : inputs_(std::move(inputs)), outputs_{std::move(output)}, answer_(std::move(answer)) {}
  std::string name() const override { return "scripted"; }
  const std::vector<graph::Value>& inputs() const override { return inputs_; }
  const std::vector<graph::Value>& outputs() const override { return outputs_; }
  Values run(const Values& inputs) override {
    batches.push_back(inputs.begin()->second.shape().front());
    return {{outputs_.front().name, answer_(inputs)}};
  }

  std::vector<std::int64_t> batches;

 private:
  std::vector<graph::Value> inputs_;
  std::vector<graph::Value> outputs_;
  Answer answer_;
};

graph::Value value(const std::string& name, const Shape& shape) {
  return graph::make_value(name, DataType::kFloat32, shape);
}

// Gives the input back: the data holds the logits.
Scripted echo(const Shape& shape) {
  return Scripted({value("x", shape)}, value("y", shape),
                  [](const Values& inputs) { return inputs.at("x"); });
}

data::Dataset dataset(std::vector<data::MemorySource::Part> inputs, std::optional<Tensor> labels) {
  std::optional<data::MemorySource::Part> part;
  if (labels) part = data::MemorySource::Part{"labels", *labels};
  auto source = std::make_shared<data::MemorySource>(std::move(inputs), part);
  return {.source = source,
          .indices = data::all_indices(source->size()),
          .preprocessing = {},
          .classes = {},
          .name = "made up"};
}

graph::Network network(const Scripted& executor, const std::string& last = "Gemm") {
  graph::Network result;
  result.graph.inputs = executor.inputs();
  result.graph.outputs = executor.outputs();
  result.graph.nodes = {graph::make_node(last, "last", {"x"}, {"y"})};
  return result;
}

TEST(Evaluate, CountsRightClassesAndTopFive) {
  const auto data = dataset({{"", Tensor::from<float>({4, 6}, {9, 8, 7, 6, 5, 4,  //
                                                               9, 8, 7, 6, 5, 4,  //
                                                               9, 8, 7, 6, 5, 4,  //
                                                               1, 1, 0, 0, 0, 0})}},
                            Tensor::from<std::int64_t>({4}, {0, 4, 5, 1}));
  Scripted executor = echo({-1, 6});
  const Task task = make_task(network(executor), data, "classification");
  const Score score = evaluate(executor, data, task, {.batch_size = 3}, {});
  EXPECT_EQ(score.metric, "top1");
  EXPECT_EQ(score.correct, 1);
  EXPECT_EQ(score.total, 4);
  EXPECT_DOUBLE_EQ(score.value, 0.25);
  EXPECT_DOUBLE_EQ(score.top5, 0.75);
  EXPECT_EQ(score.answers, (std::vector<std::int64_t>{0, 0, 0, 0}));
  EXPECT_EQ(score.per_sample, (std::vector<float>{1, 0, 0, 0}));
  EXPECT_EQ(executor.batches, (std::vector<std::int64_t>{3, 1}));
}

TEST(Evaluate, OutputsThatAreNotNumbersAreWrong) {
  const auto data = dataset({{"", Tensor::from<float>({2, 2}, {5, kNan, kNan, kNan})}},
                            Tensor::from<std::int64_t>({2}, {0, 0}));
  Scripted executor = echo({-1, 2});
  const Task task = make_task(network(executor), data, "classification");
  EXPECT_EQ(evaluate(executor, data, task, {}, {}).correct, 0);
  Agreement agreement = compare_outputs(executor, executor, data, {}, {});
  EXPECT_EQ(agreement.same_answer, 0);
  EXPECT_TRUE(std::isnan(agreement.relative_distance));
}

TEST(Evaluate, AFixedBatchIsFilledUpAndCut) {
  const auto data = dataset({{"", Tensor::from<float>({5, 2}, {1, 0, 0, 1, 1, 0, 0, 1, 1, 0})}},
                            Tensor::from<std::int64_t>({5}, {0, 1, 0, 1, 0}));
  Scripted executor = echo({3, 2});
  const Task task = make_task(network(executor), data, "classification");
  const Score score = evaluate(executor, data, task, {.batch_size = 100}, {});
  EXPECT_EQ(score.correct, 5);
  EXPECT_EQ(score.total, 5);
  EXPECT_EQ(executor.batches, (std::vector<std::int64_t>{3, 3}));
}

TEST(Evaluate, BinaryAnswersComeFromTheSignOrTheProbability) {
  const auto data = dataset({{"", Tensor::from<float>({4, 1}, {-2, 0.3F, 0.7F, kNan})}},
                            Tensor::from<std::int64_t>({4}, {0, 0, 1, 1}));
  Scripted executor = echo({-1, 1});
  const Task logits = make_task(network(executor), data, "classification");
  EXPECT_EQ(logits.kind, TaskKind::kBinary);
  EXPECT_EQ(evaluate(executor, data, logits, {}, {}).correct, 2);
  const Task probabilities = make_task(network(executor, "Sigmoid"), data, "binary");
  EXPECT_TRUE(probabilities.outputs_are_probabilities);
  EXPECT_EQ(evaluate(executor, data, probabilities, {}, {}).correct, 3);
}

TEST(Evaluate, RegressionIsTheMeanSquaredError) {
  const auto data = dataset({{"", Tensor::from<float>({2, 2}, {1, 2, 3, 4})}},
                            Tensor::from<double>({2, 2}, {1, 4, 3, 0}));
  Scripted executor = echo({-1, 2});
  const Task task = make_task(network(executor), data, "regression");
  const Score score = evaluate(executor, data, task, {}, {});
  EXPECT_DOUBLE_EQ(score.value, 5);
  EXPECT_EQ(score.per_sample, (std::vector<float>{2, 8}));
  EXPECT_FALSE(higher_is_better(task.kind));
}

TEST(Evaluate, CellsCountWholeBoards) {
  const auto data = dataset({{"", Tensor::from<float>({2, 1, 1, 2}, {-1, 1, 1, 1})}},
                            Tensor::from<float>({2, 1, 1, 2}, {0, 1, 0, 1}));
  Scripted executor = echo({-1, 1, -1, -1});
  const Score score = evaluate(executor, data, make_task(network(executor), data, "cells"), {}, {});
  EXPECT_EQ(score.metric, "board_accuracy");
  EXPECT_EQ(score.correct, 1);
  EXPECT_DOUBLE_EQ(score.cell_accuracy, 0.75);
}

TEST(Evaluate, FeedsSeveralInputsByNameAndConvertsNumbers) {
  const auto data = dataset({{"b", Tensor::from<std::uint8_t>({2, 1}, {3, 4})},
                             {"unused", Tensor::from<float>({2}, {0, 0})},
                             {"a", Tensor::from<double>({2, 1}, {10, 20})}},
                            Tensor::from<float>({2, 1}, {13, 24}));
  Scripted executor({value("a", {-1, 1}), value("b", {-1, 1})}, value("sum", {-1, 1}),
                    [](const Values& inputs) {
                      const auto a = inputs.at("a").as<float>();
                      const auto b = inputs.at("b").as<float>();
                      return Tensor::from<float>({2, 1}, {a[0] + b[0], a[1] + b[1]});
                    });
  const Task task = make_task(network(executor), data, "regression");
  EXPECT_DOUBLE_EQ(evaluate(executor, data, task, {}, {}).value, 0);
}

TEST(Evaluate, WhatDoesNotFitIsNamedWithBothShapes) {
  const auto data = dataset({{"", Tensor::zeros(DataType::kFloat32, {2, 3})}},
                            Tensor::from<std::int64_t>({2}, {0, 9}));
  Scripted narrow = echo({-1, 3});
  const std::string labels = thrown_by([&] { make_task(network(narrow), data, "classification"); });
  EXPECT_NE(labels.find("y [N, 3]"), std::string::npos) << labels;
  EXPECT_NE(labels.find("0 to 9"), std::string::npos) << labels;
  Scripted wide = echo({-1, 4});
  const Task task = make_task(network(echo({-1, 10})), data, "classification");
  const std::string inputs = thrown_by([&] { evaluate(wide, data, task, {}, {}); });
  EXPECT_NE(inputs.find("x [N, 4]"), std::string::npos) << inputs;
  EXPECT_NE(inputs.find("[3]"), std::string::npos) << inputs;
  Scripted ten = echo({-1, 3});
  const std::string outputs = thrown_by([&] { evaluate(ten, data, task, {}, {}); });
  EXPECT_NE(outputs.find("[2, 3]"), std::string::npos) << outputs;
  EXPECT_THROW(make_task(network(narrow), data, "cells"), Error);
  EXPECT_THROW(make_task(network(narrow), data, "binary"), Error);
  EXPECT_THROW(make_task(network(narrow), data, "clustering"), Error);
}

TEST(Evaluate, MissingColumnsAndLabelsAreUsageErrors) {
  const auto data = dataset({{"z", Tensor::zeros(DataType::kFloat32, {2, 3})}}, std::nullopt);
  Scripted executor = echo({-1, 3});
  const std::string missing = thrown_by([&] { compare_outputs(executor, executor, data, {}, {}); });
  EXPECT_NE(missing.find("x [N, 3]"), std::string::npos) << missing;
  EXPECT_NE(missing.find("z [3]"), std::string::npos) << missing;
  EXPECT_EQ(make_task(network(executor), data, "").kind, TaskKind::kUnlabelled);
  EXPECT_THROW(evaluate(executor, data, {}, {}, {}), Error);
}

TEST(Evaluate, AnOutputWithoutTheBatchIsRefused) {
  const auto data = dataset({{"", Tensor::zeros(DataType::kFloat32, {2, 3})}},
                            Tensor::from<std::int64_t>({2}, {0, 1}));
  Scripted executor({value("x", {-1, 3})}, value("y", {-1, 3}),
                    [](const Values&) { return Tensor::zeros(DataType::kFloat32, {1, 3}); });
  const Task task = make_task(network(executor), data, "classification");
  const std::string error = thrown_by([&] { evaluate(executor, data, task, {}, {}); });
  EXPECT_NE(error.find("[1, 3]"), std::string::npos) << error;
}

TEST(Evaluate, StopsWhenCancelledAndReportsProgress) {
  const auto data = dataset({{"", Tensor::zeros(DataType::kFloat32, {5, 2})}},
                            Tensor::from<std::int64_t>({5}, {0, 0, 0, 0, 0}));
  Scripted executor = echo({-1, 2});
  const Task task = make_task(network(executor), data, "classification");
  std::atomic<bool> cancel{false};
  RunContext context;
  context.cancel = &cancel;
  std::vector<std::int64_t> steps;
  context.on_progress = [&](const Progress& progress) { steps.push_back(progress.step); };
  evaluate(executor, data, task, {.batch_size = 2}, context);
  EXPECT_EQ(steps, (std::vector<std::int64_t>{2, 4, 5}));
  cancel = true;
  EXPECT_THROW(evaluate(executor, data, task, {}, context), Error);
}

TEST(CompareOutputs, MeasuresDistanceAndAgreement) {
  const auto data = dataset({{"", Tensor::from<float>({2, 2}, {3, 0, 0, 4})}}, std::nullopt);
  Scripted reference = echo({-1, 2});
  Scripted swapped({value("x", {-1, 2})}, value("y", {-1, 2}), [](const Values& inputs) {
    const auto x = inputs.at("x").as<float>();
    std::vector<float> y(x.begin(), x.end());
    y[0] = 0;
    y[1] = 1;  // the first row's answer changes: differences 3 and 1
    return Tensor::from<float>({2, 2}, std::move(y));
  });
  const Agreement agreement = compare_outputs(swapped, reference, data, {}, {});
  EXPECT_DOUBLE_EQ(agreement.same_answer, 0.5);
  EXPECT_DOUBLE_EQ(agreement.relative_distance, std::sqrt(10.0) / 5);
  EXPECT_DOUBLE_EQ(agreement.largest_difference, 3.0 / 4);
  EXPECT_EQ(agreement.samples, 2);
  EXPECT_EQ(agreement.per_sample, (std::vector<float>{0, 1}));
  const Agreement same = compare_outputs(reference, reference, data, {}, {});
  EXPECT_DOUBLE_EQ(same.same_answer, 1);
  EXPECT_DOUBLE_EQ(same.relative_distance, 0);
}

TEST(EqualAnswers, SequencesHaveOneAtEveryPlace) {
  const Tensor a = Tensor::from<float>({1, 3, 2}, {0, 1, 5, 0, 0, 2});
  const Tensor b = Tensor::from<float>({1, 3, 2}, {0, 9, 0, 1, 0, 1});
  EXPECT_EQ(equal_answers(a, b), (std::vector<float>{2.0F / 3}));
  EXPECT_EQ(equal_answers(a, a), (std::vector<float>{1}));
}

TEST(EqualAnswers, NotANumberIsNoAnswer) {
  const Tensor bad = Tensor::from<float>({2, 2}, {NAN, 1, 0, 1});
  EXPECT_EQ(equal_answers(bad, bad), (std::vector<float>{0, 1}));
}

// Plays the rule on boards of any size, or with one neighbourhood wrong.
Scripted player(const Shape& shape, bool spoiled, data::LifeBorder border) {
  return Scripted({value("x", shape)}, value("y", shape), [=](const Values& inputs) {
    const Tensor& boards = inputs.at("x");
    const auto cells = boards.as<float>();
    const std::size_t area = static_cast<std::size_t>(boards.shape()[2] * boards.shape()[3]);
    std::vector<float> logits;
    std::vector<std::uint8_t> board(area);
    std::vector<std::uint8_t> next(area);
    for (std::size_t first = 0; first < cells.size(); first += area) {
      std::size_t living = 0;
      for (std::size_t i = 0; i < area; ++i) {
        board[i] = cells[first + i] > 0 ? 1 : 0;
        living += board[i];
      }
      data::life_step(board, next, boards.shape()[2], boards.shape()[3], border);
      const float right = spoiled && living == 9 ? -1.0F : 1.0F;
      for (const std::uint8_t cell : next) logits.push_back(right * (cell != 0 ? 1.0F : -1.0F));
    }
    return Tensor::from(boards.shape(), std::move(logits));
  });
}

TEST(LifeNeighbourhoods, APerfectPlayerGetsAll512OnAnyBoard) {
  for (const auto border : {data::LifeBorder::kTorus, data::LifeBorder::kDead}) {
    for (const Shape& shape : {Shape{-1, 1, -1, -1}, Shape{-1, 1, 3, 3}, Shape{7, 1, 8, 5}}) {
      Scripted perfect = player(shape, false, border);
      EXPECT_EQ(neighbourhoods_right(perfect), 512);
      Scripted spoiled = player(shape, true, border);
      EXPECT_EQ(neighbourhoods_right(spoiled), 511);
    }
  }
}

TEST(LifeNeighbourhoods, OneThatSaysNothingGetsNothing) {
  Scripted silent(
      {value("x", {-1, 1, -1, -1})}, value("y", {-1, 1, -1, -1}), [](const Values& inputs) {
        const Shape shape = inputs.at("x").shape();
        return Tensor::from<float>(
            shape, std::vector<float>(static_cast<std::size_t>(element_count(shape)), kNan));
      });
  EXPECT_EQ(neighbourhoods_right(silent), 0);
  Scripted small = player({-1, 1, 2, 2}, false, data::LifeBorder::kDead);
  EXPECT_THROW(neighbourhoods_right(small), Error);
}

}  // namespace
}  // namespace gcompress::execute
