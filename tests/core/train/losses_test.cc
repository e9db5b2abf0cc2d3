#include "gcompress/core/train/losses.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "gcompress/core/train/teacher.h"

namespace gcompress::train {
namespace {

using execute::TaskKind;

// Rounding of float32 sums over a handful of terms near 1.
constexpr double kTolerance = 1e-5;

torch::Tensor rows() { return torch::tensor({1.0, -0.5, 2.0, 0.3, 0.1, -1.2}).reshape({2, 3}); }
torch::Tensor other_rows() {
  return torch::tensor({0.2, 0.4, -1.0, 1.5, 0.0, 0.7}).reshape({2, 3});
}

std::vector<double> shares_of(const torch::Tensor& logits, double temperature) {
  std::vector<double> values;
  double sum = 0;
  for (int i = 0; i < logits.size(0); ++i) {
    values.push_back(std::exp(logits[i].item<double>() / temperature));
    sum += values.back();
  }
  for (double& value : values) value /= sum;
  return values;
}

double share_of(double x) { return 1 / (1 + std::exp(-x)); }

execute::Task task(TaskKind kind, bool probabilities = false) {
  return {.kind = kind, .output = {}, .classes = 3, .outputs_are_probabilities = probabilities};
}

TEST(LabelLoss, SmoothedClassificationEqualsTheNaiveSum) {
  const std::vector<int> labels = {2, 0};
  const double smoothing = 0.1;
  double expected = 0;
  for (int i = 0; i < 2; ++i) {
    const auto shares = shares_of(rows()[i], 1);
    for (int j = 0; j < 3; ++j) {
      const double target = (j == labels[i] ? 1 - smoothing : 0) + smoothing / 3;
      expected -= target * std::log(shares[j]) / 2;
    }
  }
  const torch::Tensor loss =
      label_loss(task(TaskKind::kClassification), rows(), torch::tensor({2, 0}), smoothing);
  EXPECT_NEAR(loss.item<double>(), expected, kTolerance);
}

TEST(LabelLoss, ProbabilitiesGiveTheLossOfTheirLogits) {
  const torch::Tensor labels = torch::tensor({2, 0});
  const double of_logits =
      label_loss(task(TaskKind::kClassification), rows(), labels, 0.1).item<double>();
  const double of_shares =
      label_loss(task(TaskKind::kClassification, true), torch::softmax(rows(), 1), labels, 0.1)
          .item<double>();
  EXPECT_NEAR(of_logits, of_shares, kTolerance);
}

TEST(LabelLoss, AProbabilityOfZeroStaysFinite) {
  const torch::Tensor shares = torch::tensor({{1.0, 0.0, 0.0}});
  const auto loss =
      label_loss(task(TaskKind::kClassification, true), shares, torch::tensor({1}), 0);
  EXPECT_TRUE(std::isfinite(loss.item<double>()));
  const auto binary = label_loss(task(TaskKind::kBinary, true), torch::tensor({1.0, 0.0}),
                                 torch::tensor({0, 1}), 0);
  EXPECT_TRUE(std::isfinite(binary.item<double>()));
}

TEST(LabelLoss, CellsEqualTheNaiveBinaryCrossEntropy) {
  const torch::Tensor logits = rows().reshape({2, 1, 1, 3});
  const std::vector<int> labels = {1, 0, 1, 0, 0, 1};
  double expected = 0;
  for (int i = 0; i < 6; ++i) {
    const double target = labels[i] * 0.8 + 0.1;
    const double share = share_of(rows().flatten()[i].item<double>());
    expected -= (target * std::log(share) + (1 - target) * std::log(1 - share)) / 6;
  }
  const torch::Tensor cells =
      torch::tensor({1, 0, 1, 0, 0, 1}, torch::kUInt8).reshape({2, 1, 1, 3});
  EXPECT_NEAR(label_loss(task(TaskKind::kCells), logits, cells, 0.2).item<double>(), expected,
              kTolerance);
}

TEST(LabelLoss, RegressionIsTheMeanSquare) {
  const torch::Tensor loss = label_loss(task(TaskKind::kRegression), rows(), other_rows(), 0.3);
  EXPECT_NEAR(loss.item<double>(), (rows() - other_rows()).square().mean().item<double>(),
              kTolerance);
}

TEST(TeacherLoss, ClassificationEqualsTheNaiveDivergence) {
  const double temperature = 3;
  double expected = 0;
  for (int i = 0; i < 2; ++i) {
    const auto student = shares_of(rows()[i], temperature);
    const auto teacher = shares_of(other_rows()[i], temperature);
    for (int j = 0; j < 3; ++j) {
      expected += teacher[j] * std::log(teacher[j] / student[j]) * temperature * temperature / 2;
    }
  }
  const auto loss =
      teacher_loss(task(TaskKind::kClassification), rows(), other_rows(), temperature);
  EXPECT_NEAR(loss.item<double>(), expected, kTolerance);
}

TEST(TeacherLoss, BinaryEqualsTheNaiveDivergence) {
  const double temperature = 2;
  double expected = 0;
  for (int i = 0; i < 6; ++i) {
    const double student = share_of(rows().flatten()[i].item<double>() / temperature);
    const double teacher = share_of(other_rows().flatten()[i].item<double>() / temperature);
    expected += (teacher * std::log(teacher / student) +
                 (1 - teacher) * std::log((1 - teacher) / (1 - student))) *
                temperature * temperature / 6;
  }
  const auto loss = teacher_loss(task(TaskKind::kCells), rows(), other_rows(), temperature);
  EXPECT_NEAR(loss.item<double>(), expected, kTolerance);
}

TEST(TeacherLoss, OfATeacherLikeTheStudentIsZero) {
  for (const TaskKind kind :
       {TaskKind::kClassification, TaskKind::kBinary, TaskKind::kCells, TaskKind::kRegression}) {
    EXPECT_NEAR(teacher_loss(task(kind), rows(), rows(), 3).item<double>(), 0, kTolerance);
  }
}

graph::Network with_outputs(std::vector<graph::Node> nodes, const std::vector<std::string>& names) {
  graph::Network network;
  network.graph.nodes = std::move(nodes);
  for (const std::string& name : names) {
    network.graph.outputs.push_back(graph::make_value(name, DataType::kFloat32, {-1, 3}));
  }
  return network;
}

TEST(GuidedLoss, BelievesTheTeacherOnlyWhereTheLabelSaysItIsRight) {
  const torch::Tensor labels = torch::tensor({1, 2});  // the teacher answers 1 and 0
  const execute::Task classes = task(TaskKind::kClassification);
  const auto row = [](const torch::Tensor& of, int i) { return of.slice(0, i, i + 1); };
  const double first =
      0.7 * teacher_loss(classes, row(rows(), 0), row(other_rows(), 0), 3).item<double>() +
      0.3 * label_loss(classes, row(rows(), 0), row(labels, 0), 0.1).item<double>();
  const double second = label_loss(classes, row(rows(), 1), row(labels, 1), 0.1).item<double>();
  const auto loss = guided_loss(classes, rows(), other_rows(), labels,
                                {.weight = 0.7, .temperature = 3, .label_smoothing = 0.1});
  EXPECT_NEAR(loss.item<double>(), (first + second) / 2, kTolerance);
}

TEST(GuidedLoss, OfCellsIsTheWeightedSum) {
  const torch::Tensor labels = torch::tensor({1, 0, 1, 1, 0, 0}).reshape({2, 3});
  const execute::Task cells = task(TaskKind::kCells);
  const double expected = 0.4 * teacher_loss(cells, rows(), other_rows(), 2).item<double>() +
                          0.6 * label_loss(cells, rows(), labels, 0).item<double>();
  const auto loss =
      guided_loss(cells, rows(), other_rows(), labels, {.weight = 0.4, .temperature = 2});
  EXPECT_NEAR(loss.item<double>(), expected, kTolerance);
}

TEST(MatchOutputs, TellsDistributionsProbabilitiesAndNumbersApart) {
  const graph::Network network =
      with_outputs({graph::make_node("Softmax", "a", {"x"}, {"shares"}),
                    graph::make_node("Sigmoid", "b", {"x"}, {"inner"}),
                    graph::make_node("Squeeze", "c", {"inner"}, {"voice"}),
                    graph::make_node("Relu", "d", {"x"}, {"state"}),
                    graph::make_node("ArgMax", "e", {"x"}, {"answer"})},
                   {"shares", "voice", "state", "answer"});
  const std::vector<torch::Tensor> outputs = {torch::softmax(rows(), 1), torch::sigmoid(rows()),
                                              torch::relu(rows()), rows().argmax(1)};
  const auto matches = match_outputs(network, outputs);
  EXPECT_EQ(matches[0].kind, OutputKind::kDistribution);
  EXPECT_EQ(matches[1].kind, OutputKind::kProbabilities);
  EXPECT_EQ(matches[2].kind, OutputKind::kNumbers);
  EXPECT_NEAR(matches[2].variance, torch::relu(rows()).var(false).item<double>(), kTolerance);
  EXPECT_EQ(matches[3].kind, OutputKind::kIgnored);
}

TEST(MatchOutputs, NumbersAreMeasuredInTheTeachersVariance) {
  const std::vector<OutputMatch> matches = {{OutputKind::kNumbers, 4.0}, {OutputKind::kIgnored, 1}};
  const auto loss = outputs_loss(matches, {rows(), rows()}, {other_rows(), rows()}, 3);
  EXPECT_NEAR(loss.item<double>(), (rows() - other_rows()).square().mean().item<double>() / 4,
              kTolerance);
}

TEST(MatchOutputs, AConstantOutputDoesNotDivideByZero) {
  const graph::Network network =
      with_outputs({graph::make_node("Relu", "d", {"x"}, {"state"})}, {"state"});
  const auto matches = match_outputs(network, {torch::zeros({2, 3})});
  EXPECT_GT(matches[0].variance, 0);
}

TEST(MatchOutputs, NothingToMatchIsRefused) {
  EXPECT_THROW(outputs_loss({{OutputKind::kIgnored, 1}}, {rows()}, {rows()}, 3), Error);
}

}  // namespace
}  // namespace gcompress::train
