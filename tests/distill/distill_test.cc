// Distillation from end to end, on points whose class is the largest coordinate.
#include "gcompress/distill/distill.h"

#include <gtest/gtest.h>

#include <fstream>

#include "gcompress/core/execute/evaluate.h"
#include "gcompress/core/train/torch_executor.h"
#include "gcompress/distill/loss_table.h"
#include "tests/core/train/toy.h"
#include "tests/support/scratch.h"

namespace gcompress::distill {
namespace {

using gcompress::testing::Scratch;
using gcompress::testing::thrown_by;
using train::testing::classification;
using train::testing::context;
using train::testing::kClasses;
using train::testing::kInputs;
using train::testing::points;
using train::testing::same_weights;
using train::testing::thin_masks;

graph::InferredShapes shapes_of(const graph::Network& network) {
  return graph::infer_shapes(network, graph::concrete_input_shapes(network, 1, 1));
}

const graph::Network& teacher() {
  static const graph::Network trained = [] {
    train::FitOptions options = train::testing::options();
    options.epochs = 15;
    const graph::Network network = networks::mlp(kInputs, {32, 16}, kClasses, 3);
    return train::fit(network, points(600, 1), points(100, 2), classification(), options, {}, {},
                      {}, context())
        .network;
  }();
  return trained;
}

graph::Network student() { return networks::mlp(kInputs, {8, 8}, kClasses, 4); }

struct Case {
  graph::Network student = distill::student();
  std::vector<graph::Network> teachers = {teacher()};
  data::Dataset train = points(300, 1);
  data::Dataset tune = points(100, 2);
  execute::Task task = classification();
  graph::Masks masks = {};
  train::FitOptions fitting = train::testing::options();
  RunContext run = context();
};

DistillResult distill_in(const Case& with, const DistillOptions& options) {
  return distill({.student = with.student,
                  .teachers = with.teachers,
                  .student_shapes = shapes_of(with.student),
                  .teacher_shapes = shapes_of(with.teachers.front()),
                  .train = with.train,
                  .tune = with.tune,
                  .task = with.task,
                  .masks = with.masks},
                 options, with.fitting, with.run);
}

DistillOptions by(std::vector<LossTerm> losses) {
  DistillOptions options;
  options.losses = std::move(losses);
  return options;
}

double accuracy(const graph::Network& network) {
  const auto executor = train::make_torch_executor(network, context());
  return execute::evaluate(*executor, points(500, 99), classification(), {}, context()).value;
}

TEST(Distill, SoftTargetsWithLabelsAreWhatATeacherOfAFitGives) {
  const Case with;
  DistillOptions options = by({{"soft-targets", 0.7}, {"labels", 0.3}});
  options.temperature = 3;
  const DistillResult result = distill_in(with, options);
  const train::FitResult plain =
      train::fit(with.student, with.train, with.tune, with.task, with.fitting, {}, {},
                 train::Teacher{.network = teacher(), .temperature = 3, .weight = 0.7}, context());
  // The same sums in another order: equal but for rounding.
  ASSERT_EQ(result.fit.epochs.size(), plain.epochs.size());
  EXPECT_NEAR(result.fit.epochs[0].train_loss, plain.epochs[0].train_loss, 1e-4);
  EXPECT_NEAR(result.fit.epochs[3].train_loss, plain.epochs[3].train_loss, 1e-2);
}

class DistillBy : public ::testing::TestWithParam<LossTerm> {};

TEST_P(DistillBy, TeachesWithoutLookingAtLabels) {
  Case with;
  with.fitting.epochs = 12;
  const bool of_answers = loss_row(GetParam().name).sees == Sees::kAnswers;
  // Features alone leave the last layer as it is: the answers join them.
  DistillOptions options = by({GetParam()});
  if (!of_answers) options.losses.push_back({"soft-targets", 1});
  const DistillResult result = distill_in(with, options);
  EXPECT_GT(accuracy(result.fit.network), 0.7) << GetParam().name;  // untaught: 0.3
  EXPECT_TRUE(same_weights(result.fit.network, distill_in(with, options).fit.network));
  EXPECT_EQ(result.fit.network.graph.outputs.size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(Losses, DistillBy,
                         ::testing::Values(LossTerm{"soft-targets", 1}, LossTerm{"decoupled", 1},
                                           LossTerm{"hint", 1}, LossTerm{"similarity", 100},
                                           LossTerm{"contrastive", 0.8}),
                         [](const auto& one) {
                           std::string name = one.param.name;
                           std::erase(name, '-');
                           return name;
                         });

TEST(Distill, AHintBringsTheFeaturesNearer) {
  Case with;
  with.fitting.epochs = 10;
  const DistillResult result = distill_in(with, by({{"hint", 1}}));
  EXPECT_LT(result.fit.epochs.back().train_loss, result.fit.epochs.front().train_loss / 2);
}

TEST(Distill, ConvolutionsLearnByAttention) {
  Case with;
  with.student = networks::lenet_5(1, kClasses, 0.1);
  with.teachers = {networks::lenet_5(2, kClasses, 0.2)};
  RandomStream random(1, "images");
  std::vector<float> pixels(32 * 784);
  for (float& pixel : pixels) pixel = random.uniform();
  with.train =
      train::testing::dataset(Tensor::from<float>({32, 1, 28, 28}, std::move(pixels)),
                              Tensor::from<std::int64_t>({32}, std::vector<std::int64_t>(32, 1)));
  with.tune = {};
  with.fitting.epochs = 8;
  with.fitting.batch_size = 16;
  const DistillResult result = distill_in(with, by({{"attention", 100}}));
  EXPECT_LT(result.fit.epochs.back().train_loss, result.fit.epochs.front().train_loss / 2);
  ASSERT_FALSE(result.notes.empty());
  EXPECT_NE(result.notes.back().find("attention compares relu1_out=relu1_out"), std::string::npos)
      << result.notes.back();
}

TEST(Distill, WhatMasksRemovedStaysRemoved) {
  Case with;
  with.student = train::testing::network();
  with.masks = thin_masks(with.student);
  const DistillResult result = distill_in(with, by({{"soft-targets", 1}, {"hint", 1}}));
  EXPECT_TRUE(same_weights(result.fit.network, graph::apply_masks(result.fit.network, with.masks)));
}

TEST(Distill, AnswersOfSeveralTeachersAreAveraged) {
  Case two;
  two.teachers = {teacher(), teacher()};
  Case one;
  const DistillOptions options = by({{"soft-targets", 1}});
  // (a + a) / 2 is a, to the bit.
  EXPECT_TRUE(
      same_weights(distill_in(two, options).fit.network, distill_in(one, options).fit.network));
}

TEST(Distill, WorksWithoutLabels) {
  Case with;
  with.train = points(300, 1, false);
  with.tune = points(100, 2, false);
  with.task = {};
  with.fitting.epochs = 15;
  const DistillResult result = distill_in(with, by({{"soft-targets", 1}}));
  EXPECT_GT(accuracy(result.fit.network), 0.85);
}

TEST(Distill, CachedAnswersGiveAlmostTheSameAndAreReadAgain) {
  const Scratch scratch;
  const Case with;
  DistillOptions options = by({{"soft-targets", 1}, {"hint", 1}});
  const double uncached = distill_in(with, options).fit.epochs.back().train_loss;
  options.cache_folder = scratch / "answers";
  const DistillResult first = distill_in(with, options);
  // Batches of another size may be added up in another order.
  EXPECT_NEAR(first.fit.epochs.back().train_loss, uncached, 1e-2 * uncached);
  EXPECT_TRUE(same_weights(first.fit.network, distill_in(with, options).fit.network));
}

std::filesystem::path only_file_in(const std::filesystem::path& folder) {
  return std::filesystem::directory_iterator(folder)->path();
}

TEST(Distill, ADamagedCacheIsMadeAnewWithASentence) {
  const Scratch scratch;
  Case with;
  DistillOptions options = by({{"soft-targets", 1}});
  options.cache_folder = scratch / "answers";
  const DistillResult whole = distill_in(with, options);
  std::fstream file(only_file_in(options.cache_folder),
                    std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(100);
  file.put('\x5a');
  file.close();
  std::string said;
  with.run.on_message = [&](const std::string& message) { said += message; };
  EXPECT_TRUE(same_weights(distill_in(with, options).fit.network, whole.fit.network));
  EXPECT_NE(said.find("fails its checksum"), std::string::npos) << said;
}

TEST(Distill, AnswersThatTakeTooMuchAreNotCached) {
  const Scratch scratch;
  const Case with;
  DistillOptions options = by({{"soft-targets", 1}});
  options.cache_folder = scratch / "answers";
  options.cache_bytes = 3599;  // 300 samples of 3 floats take 3600
  EXPECT_NE(distill_in(with, options).notes.front().find("not cached"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(options.cache_folder));
  options.cache_bytes = 3600;
  distill_in(with, options);
  EXPECT_TRUE(std::filesystem::exists(options.cache_folder));
}

std::string refusal(const Case& with, const DistillOptions& options) {
  try {
    distill_in(with, options);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage) << error.what();
    return error.what();
  }
  return "";
}

TEST(DistillRefuses, ATeacherOfOtherClasses) {
  Case with;
  with.teachers = {networks::mlp(kInputs, {8}, 7, 1)};
  const std::string message = refusal(with, by({{"soft-targets", 1}}));
  EXPECT_NE(message.find("7 classes, the student with 3"), std::string::npos) << message;
}

TEST(DistillRefuses, ATeacherOfOtherInputs) {
  Case with;
  with.teachers = {networks::mlp(kInputs + 1, {8}, kClasses, 1)};
  const std::string message = refusal(with, by({{"soft-targets", 1}}));
  EXPECT_NE(message.find("[N, 7], the student [N, 6]"), std::string::npos) << message;
}

TEST(DistillRefuses, AFeatureThatIsNotThereNamingTheNearest) {
  DistillOptions options = by({{"hint", 1}});
  options.features = {{"relu1_out", "relu2_uot"}};
  const std::string message = refusal({}, options);
  EXPECT_NE(message.find("the teacher has no feature 'relu2_uot'; did you mean 'relu2_out'?"),
            std::string::npos)
      << message;
}

TEST(DistillRefuses, ShapesThatNoAdapterJoins) {
  DistillOptions options = by({{"attention", 1}});
  options.features = {{"relu1_out", "relu1_out"}};
  const std::string message = refusal({}, options);
  EXPECT_NE(message.find("no adapter of the loss 'attention' joins [N, 8] to [N, 32]"),
            std::string::npos)
      << message;
}

TEST(DistillRefuses, LossesThatMakeNoSense) {
  EXPECT_NE(refusal({}, by({{"sofd-targets", 1}})).find("did you mean 'soft-targets'?"),
            std::string::npos);
  EXPECT_NE(refusal({}, by({{"labels", 1}})).find("no loss looks at the teacher"),
            std::string::npos);
  Case unlabelled;
  unlabelled.train = points(30, 1, false);
  unlabelled.tune = points(30, 2, false);
  unlabelled.task = {};
  EXPECT_NE(refusal(unlabelled, by({{"labels", 1}, {"soft-targets", 1}})).find("needs labels"),
            std::string::npos);
  EXPECT_NE(refusal(unlabelled, by({{"decoupled", 1}})).find("compares labelled classes"),
            std::string::npos);
}

}  // namespace
}  // namespace gcompress::distill
