// Each loss against its equation, written out with loops.
#include "gcompress/distill/losses.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "gcompress/core/base/random.h"

namespace gcompress::distill {
namespace {

using Rows = std::vector<std::vector<double>>;

constexpr double kTolerance = 2e-5;  // float32 against double, sums of under a thousand terms

torch::Tensor random_tensor(std::vector<std::int64_t> shape, std::uint64_t seed) {
  RandomStream random(seed, "test");
  torch::Tensor tensor = torch::empty(shape);
  for (std::int64_t i = 0; i < tensor.numel(); ++i) {
    tensor.mutable_data_ptr<float>()[i] = random.normal();
  }
  return tensor;
}

Rows rows_of(const torch::Tensor& tensor) {
  const torch::Tensor flat = tensor.flatten(1).contiguous();
  Rows rows(static_cast<std::size_t>(flat.size(0)));
  for (std::int64_t i = 0; i < flat.size(0); ++i) {
    for (std::int64_t j = 0; j < flat.size(1); ++j) {
      rows[static_cast<std::size_t>(i)].push_back(flat[i][j].item<double>());
    }
  }
  return rows;
}

std::vector<double> shares(const std::vector<double>& logits, double temperature) {
  double sum = 0;
  std::vector<double> result;
  for (const double logit : logits) {
    result.push_back(std::exp(logit / temperature));
    sum += result.back();
  }
  for (double& share : result) share /= sum;
  return result;
}

double divergence(const std::vector<double>& p, const std::vector<double>& q) {
  double sum = 0;
  for (std::size_t i = 0; i < p.size(); ++i) sum += p[i] * std::log(p[i] / q[i]);
  return sum;
}

void normalize(std::vector<double>& row) {
  double square = 0;
  for (const double value : row) square += value * value;
  for (double& value : row) value /= std::sqrt(square);
}

double mean_square(const Rows& a, const Rows& b) {
  double sum = 0;
  std::size_t count = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    for (std::size_t j = 0; j < a[i].size(); ++j, ++count) sum += std::pow(a[i][j] - b[i][j], 2);
  }
  return sum / static_cast<double>(count);
}

TEST(DistillLosses, SoftTargetsAreTheScaledDivergence) {
  const torch::Tensor student = random_tensor({5, 4}, 1);
  const torch::Tensor teacher = random_tensor({5, 4}, 2);
  const torch::Tensor rows = soft_targets(student, teacher, 3);
  ASSERT_EQ(rows.sizes(), (std::vector<std::int64_t>{5}));
  for (std::size_t i = 0; i < 5; ++i) {
    const double expected =
        9 * divergence(shares(rows_of(teacher)[i], 3), shares(rows_of(student)[i], 3));
    EXPECT_NEAR(rows[static_cast<std::int64_t>(i)].item<double>(), expected, kTolerance);
  }
}

TEST(DistillLosses, DecoupledSplitsTheTargetFromTheOthers) {
  const torch::Tensor student = random_tensor({6, 5}, 3);
  const torch::Tensor teacher = random_tensor({6, 5}, 4);
  const std::vector<std::int64_t> targets = {0, 1, 2, 3, 4, 2};
  const torch::Tensor rows = decoupled(student, teacher, torch::tensor(targets), 2);
  for (std::size_t i = 0; i < 6; ++i) {
    const auto target = static_cast<std::ptrdiff_t>(targets[i]);
    std::vector<double> t = shares(rows_of(teacher)[i], 2);
    std::vector<double> s = shares(rows_of(student)[i], 2);
    const double binary =
        divergence({t[targets[i]], 1 - t[targets[i]]}, {s[targets[i]], 1 - s[targets[i]]});
    t.erase(t.begin() + target);
    s.erase(s.begin() + target);
    double t_sum = 0, s_sum = 0;
    for (const double share : t) t_sum += share;
    for (const double share : s) s_sum += share;
    for (double& share : t) share /= t_sum;
    for (double& share : s) share /= s_sum;
    EXPECT_NEAR(rows[static_cast<std::int64_t>(i)].item<double>(),
                4 * (binary + 8 * divergence(t, s)), 10 * kTolerance);
  }
}

TEST(DistillLosses, DecoupledStaysFiniteForATeacherThatIsSure) {
  const torch::Tensor teacher = torch::tensor({{200.0F, -200.0F, 0.0F}});
  torch::Tensor student = torch::zeros({1, 3}).requires_grad_(true);
  const torch::Tensor loss = decoupled(student, teacher, torch::tensor({0}, torch::kLong), 1).sum();
  loss.backward();
  EXPECT_TRUE(std::isfinite(loss.item<double>()));
  EXPECT_TRUE(torch::isfinite(student.grad()).all().item<bool>());
}

TEST(DistillLosses, AHintIsALinearMapOfChannels) {
  const torch::Tensor student = random_tensor({2, 3, 4, 4}, 5);
  const torch::Tensor adapter = random_tensor({2, 3}, 6);
  torch::Tensor teacher = torch::zeros({2, 2, 4, 4});
  for (int i = 0; i < 2; ++i) {
    for (int out = 0; out < 2; ++out) {
      for (int in = 0; in < 3; ++in) teacher[i][out] += student[i][in] * adapter[out][in];
    }
  }
  EXPECT_NEAR(hint(student, teacher, adapter).item<double>(), 0, 1e-10);
  EXPECT_NEAR(hint(student, teacher + 0.5, adapter).item<double>(), 0.25, kTolerance);
}

TEST(DistillLosses, AHintAveragesLargerMapsDown) {
  const torch::Tensor student = torch::ones({1, 1, 4, 4});
  const torch::Tensor teacher = torch::ones({1, 1, 2, 2}) * 3;
  EXPECT_NEAR(hint(student, teacher, torch::ones({1, 1})).item<double>(), 4, kTolerance);
}

TEST(DistillLosses, AttentionComparesNormalizedActivity) {
  const torch::Tensor student = random_tensor({3, 2, 2, 3}, 7);
  const torch::Tensor teacher = random_tensor({3, 5, 2, 3}, 8);
  const auto maps_of = [](const torch::Tensor& values) {
    Rows maps;
    for (std::int64_t i = 0; i < 3; ++i) {
      std::vector<double> map;
      for (std::int64_t place = 0; place < 6; ++place) {
        double sum = 0;
        for (std::int64_t channel = 0; channel < values.size(1); ++channel) {
          sum += std::pow(values[i][channel][place / 3][place % 3].item<double>(), 2);
        }
        map.push_back(sum);
      }
      normalize(map);
      maps.push_back(map);
    }
    return maps;
  };
  EXPECT_NEAR(attention(student, teacher).item<double>(),
              mean_square(maps_of(student), maps_of(teacher)), kTolerance);
  EXPECT_NEAR(attention(teacher * 7, teacher).item<double>(), 0, 1e-10);
}

TEST(DistillLosses, SimilarityComparesWhoIsLikeWhom) {
  const torch::Tensor student = random_tensor({4, 3}, 9);
  const torch::Tensor teacher = random_tensor({4, 2, 2, 2}, 10);
  const auto similarities = [](const Rows& rows) {
    Rows result;
    for (const auto& a : rows) {
      std::vector<double> line;
      for (const auto& b : rows) {
        double product = 0;
        for (std::size_t i = 0; i < a.size(); ++i) product += a[i] * b[i];
        line.push_back(product);
      }
      normalize(line);
      result.push_back(line);
    }
    return result;
  };
  EXPECT_NEAR(similarity(student, teacher).item<double>(),
              mean_square(similarities(rows_of(student)), similarities(rows_of(teacher))),
              kTolerance);
}

double contrastive_by_hand(const Rows& s, const Rows& t, const std::vector<int>& labels) {
  double sum = 0;
  for (const bool transposed : {false, true}) {
    for (std::size_t i = 0; i < s.size(); ++i) {
      double own = 0, all = 0;
      for (std::size_t j = 0; j < s.size(); ++j) {
        if (i != j && !labels.empty() && labels[i] == labels[j]) continue;
        const auto& a = transposed ? t[i] : s[i];
        const auto& b = transposed ? s[j] : t[j];
        double product = 0;
        for (std::size_t k = 0; k < a.size(); ++k) product += a[k] * b[k];
        const double value = std::exp(product / 0.07);
        all += value;
        if (i == j) own = value;
      }
      sum -= std::log(own / all);
    }
  }
  return sum / static_cast<double>(2 * s.size());
}

TEST(DistillLosses, ContrastiveTellsASampleFromTheOthers) {
  const torch::Tensor student = random_tensor({5, 3}, 11);
  const torch::Tensor teacher = random_tensor({5, 4}, 12);
  const torch::Tensor of_student = random_tensor({kProjection, 3}, 13);
  const torch::Tensor of_teacher = random_tensor({kProjection, 4}, 14);
  Rows s = rows_of(student.matmul(of_student.t()));
  Rows t = rows_of(teacher.matmul(of_teacher.t()));
  for (auto& row : s) normalize(row);
  for (auto& row : t) normalize(row);
  EXPECT_NEAR(contrastive(student, teacher, of_student, of_teacher, {}).item<double>(),
              contrastive_by_hand(s, t, {}), 1e-4);
  const torch::Tensor labels = torch::tensor({0, 1, 0, 2, 1}, torch::kLong);
  EXPECT_NEAR(contrastive(student, teacher, of_student, of_teacher, labels).item<double>(),
              contrastive_by_hand(s, t, {0, 1, 0, 2, 1}), 1e-4);
}

}  // namespace
}  // namespace gcompress::distill
