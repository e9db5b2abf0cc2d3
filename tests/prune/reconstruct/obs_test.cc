// The optimal brain surgeon against brute force: explicit inverses, every choice tried.
#include "gcompress/prune/reconstruct/obs.h"

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <limits>
#include <vector>

#include "gcompress/core/base/random.h"

namespace gcompress::prune {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

MatrixXd normal(Index rows, Index columns, std::uint64_t seed) {
  RandomStream random(seed, "obs test");
  return MatrixXd::NullaryExpr(rows, columns, [&] { return double{random.normal()}; });
}

// Of inputs that go along with each other.
MatrixXd gram_of(Index features, std::uint64_t seed) {
  const MatrixXd x = normal(features, features, seed) * normal(features, 4 * features, seed + 1);
  return x * x.transpose() / static_cast<double>(4 * features);
}

double error_of(const MatrixXd& v, const MatrixXd& w, const MatrixXd& gram) {
  return ((v - w) * gram).cwiseProduct(v - w).sum();
}

BoolMatrix random_mask(Index rows, Index columns, std::uint64_t seed) {
  RandomStream random(seed, "obs mask");
  return BoolMatrix::NullaryExpr(rows, columns, [&] { return random.uniform() < 0.5F; });
}

// The best row with these weights kept: the unconstrained minimum over them, by the full inverse.
VectorXd best_row(const VectorXd& w, const MatrixXd& gram, const std::vector<Index>& kept) {
  VectorXd v = VectorXd::Zero(w.size());
  if (kept.empty()) return v;
  const VectorXd target = gram * w;
  v(kept) = MatrixXd(gram(kept, kept)).inverse() * VectorXd(target(kept));
  return v;
}

TEST(Obs, TheFirstCostIsWhatTheErrorGrowsByWhenTheOthersAdapt) {
  const MatrixXd gram = gram_of(6, 1);
  const MatrixXd weights = normal(2, 6, 2);
  const MatrixXd costs = ordered_removal_costs(weights, inverse_of(gram), {});
  for (Index row = 0; row < 2; ++row) {
    double least = std::numeric_limits<double>::infinity();
    for (Index p = 0; p < 6; ++p) {
      std::vector<Index> kept;
      for (Index i = 0; i < 6; ++i) {
        if (i != p) kept.push_back(i);
      }
      const VectorXd best = best_row(weights.row(row).transpose(), gram, kept);
      least = std::min(least, error_of(best.transpose(), weights.row(row), gram));
    }
    // Inverses of matrices of this condition are good to about 1e-9.
    EXPECT_NEAR(costs.row(row).minCoeff(), least, 1e-7);
  }
}

TEST(Obs, OrderIsTheGreedyOneOfExplicitInverses) {
  constexpr Index kFeatures = 70;  // more than twice what the surgeon puts off
  const MatrixXd gram = gram_of(kFeatures, 3);
  const MatrixXd weights = normal(3, kFeatures, 4);
  const MatrixXd costs = ordered_removal_costs(weights, inverse_of(gram), {});
  for (Index row = 0; row < 3; ++row) {
    VectorXd w = weights.row(row).transpose();
    std::vector<Index> kept(kFeatures);
    for (Index i = 0; i < kFeatures; ++i) kept[static_cast<std::size_t>(i)] = i;
    double most = 0;
    while (!kept.empty()) {
      const MatrixXd inverse = MatrixXd(gram(kept, kept)).inverse();
      const VectorXd now = best_row(weights.row(row).transpose(), gram, kept);
      std::size_t best = 0;
      double cost = std::numeric_limits<double>::infinity();
      for (std::size_t i = 0; i < kept.size(); ++i) {
        const auto at = static_cast<Index>(i);
        const double one = now[kept[i]] * now[kept[i]] / inverse(at, at);
        if (one < cost) {
          cost = one;
          best = i;
        }
      }
      most = std::max(most, cost);
      EXPECT_NEAR(costs(row, kept[best]), most, 1e-6 * (1 + most)) << "row " << row;
      kept.erase(kept.begin() + static_cast<std::ptrdiff_t>(best));
    }
  }
}

TEST(Obs, TinyRowsLoseWhatBruteForceWouldRemoveMostOfTheTime) {
  // Greedy is not optimal: never below the best of all choices, but on most such rows it is that.
  int optimal = 0;
  for (std::uint64_t seed = 10; seed < 30; ++seed) {
    const MatrixXd gram = gram_of(5, seed);
    const MatrixXd weights = normal(1, 5, seed + 100);
    const MatrixXd costs = ordered_removal_costs(weights, inverse_of(gram), {});
    std::vector<Index> order = {0, 1, 2, 3, 4};
    std::ranges::stable_sort(order, {}, [&](Index i) { return costs(0, i); });
    const std::vector<Index> greedy(order.begin() + 2, order.end());
    const auto error = [&](const std::vector<Index>& kept) {
      return error_of(best_row(weights.row(0).transpose(), gram, kept).transpose(), weights, gram);
    };
    double best = std::numeric_limits<double>::infinity();
    for (Index a = 0; a < 5; ++a) {
      for (Index b = a + 1; b < 5; ++b) {
        std::vector<Index> kept;
        for (Index i = 0; i < 5; ++i) {
          if (i != a && i != b) kept.push_back(i);
        }
        best = std::min(best, error(kept));
      }
    }
    EXPECT_GE(error(greedy), best * (1 - 1e-9));
    optimal += error(greedy) <= best * (1 + 1e-9) ? 1 : 0;
  }
  EXPECT_GE(optimal, 12);  // of 20
}

TEST(Obs, RefitIsLeastSquaresOnTheKeptInputs) {
  constexpr Index kFeatures = 9;
  constexpr Index kSamples = 60;
  const MatrixXd x = normal(kFeatures, kSamples, 40);
  const MatrixXd y = normal(4, kSamples, 41);
  const BoolMatrix keep = random_mask(4, kFeatures, 42);
  const MatrixXd fitted = refit(x * x.transpose(), y * x.transpose(), keep, {});
  for (Index row = 0; row < 4; ++row) {
    std::vector<Index> kept;
    for (Index i = 0; i < kFeatures; ++i) {
      if (keep(row, i)) {
        kept.push_back(i);
      } else {
        EXPECT_EQ(fitted(row, i), 0);
      }
    }
    const MatrixXd part = x(kept, Eigen::all).transpose();
    const VectorXd wanted = part.colPivHouseholderQr().solve(y.row(row).transpose());
    for (std::size_t i = 0; i < kept.size(); ++i) {
      EXPECT_NEAR(fitted(row, kept[i]), wanted[static_cast<Index>(i)], 1e-9);
    }
  }
}

TEST(Obs, RefitOfAnEmptyRowIsZero) {
  const MatrixXd gram = gram_of(3, 50);
  const BoolMatrix keep = BoolMatrix::Constant(2, 3, false);
  EXPECT_EQ(refit(gram, normal(2, 3, 51), keep, {}).cwiseAbs().maxCoeff(), 0);
}

TEST(Obs, SweepKeepsGivenMasksExactlyAndHelps) {
  const MatrixXd gram = gram_of(50, 60);
  const MatrixXd weights = normal(7, 50, 61);
  const BoolMatrix keep = random_mask(7, 50, 62);
  const SweepResult swept =
      sweep(weights, inverse_of(gram), {.keep = &keep}, {}, 16);  // blocks 16, 16, 16, 2
  EXPECT_TRUE((swept.keep == keep).all());
  EXPECT_TRUE((keep || swept.weights.array() == 0).all());
  const MatrixXd masked = keep.select(weights, MatrixXd::Zero(7, 50));
  const double exact = error_of(refit(gram, weights * gram, keep, {}), weights, gram);
  EXPECT_LT(error_of(swept.weights, weights, gram), error_of(masked, weights, gram));
  EXPECT_GE(error_of(swept.weights, weights, gram), exact * (1 - 1e-9));
}

TEST(Obs, SweepDoesNotDependOnItsBlocks) {
  const MatrixXd gram = gram_of(40, 70);
  const MatrixXd weights = normal(5, 40, 71);
  const BoolMatrix keep = random_mask(5, 40, 72);
  const MatrixXd inverse = inverse_of(gram);
  const MatrixXd whole = sweep(weights, inverse, {.keep = &keep}, {}, 40).weights;
  const MatrixXd blocks = sweep(weights, inverse, {.keep = &keep}, {}, 7).weights;
  EXPECT_LT((whole - blocks).cwiseAbs().maxCoeff(), 1e-6);
}

TEST(Obs, SweepOfOneRowRemovesTheColumnsInTurnExactly) {
  // With everything from the first removed column on free to adapt, a single removal is optimal.
  const MatrixXd gram = gram_of(6, 75);
  const MatrixXd weights = normal(1, 6, 76);
  BoolMatrix keep = BoolMatrix::Constant(1, 6, true);
  keep(0, 0) = false;
  const MatrixXd swept = sweep(weights, inverse_of(gram), {.keep = &keep}, {}).weights;
  const VectorXd best = best_row(weights.row(0).transpose(), gram, {1, 2, 3, 4, 5});
  EXPECT_LT((swept.row(0).transpose() - best).cwiseAbs().maxCoeff(), 1e-7);
}

TEST(Obs, SweepKeepsAShareOrSoManyOfEachGroup) {
  const MatrixXd gram = gram_of(32, 80);
  const MatrixXd weights = normal(6, 32, 81);
  const MatrixXd inverse = inverse_of(gram);
  const SweepResult half = sweep(weights, inverse, {.kept = 96}, {}, 8);
  EXPECT_EQ(half.keep.count(), 96);
  const SweepResult pattern = sweep(weights, inverse, {.kept = 2, .of = 4}, {}, 10);
  for (Index row = 0; row < 6; ++row) {
    for (Index first = 0; first < 32; first += 4) {
      EXPECT_EQ(pattern.keep.block(row, first, 1, 4).count(), 2);
    }
  }
  EXPECT_TRUE((pattern.keep || pattern.weights.array() == 0).all());
}

TEST(Obs, SingularMatricesAreDampenedUntilTheyFactorAndItIsSaid) {
  const VectorXd one = normal(8, 1, 90);
  MatrixXd gram = one * one.transpose();
  EXPECT_FALSE(dampen(gram, 1e-3).raised);
  gram = one * one.transpose();
  const Damping tiny = dampen(gram, 1e-12);
  EXPECT_TRUE(tiny.raised);
  EXPECT_TRUE(inverse_of(gram).allFinite());
  MatrixXd nothing = MatrixXd::Zero(3, 3);
  EXPECT_EQ(dampen(nothing, 1e-3).added, 1);
  EXPECT_TRUE(nothing.isIdentity());
}

TEST(Obs, BitsDoNotDependOnThreads) {
  const MatrixXd gram = gram_of(40, 95);
  const MatrixXd weights = normal(70, 40, 96);
  const BoolMatrix keep = random_mask(70, 40, 97);
  const MatrixXd inverse = inverse_of(gram);
  RunContext one;
  one.threads = 1;
  RunContext three;
  three.threads = 3;
  EXPECT_EQ(ordered_removal_costs(weights, inverse, one),
            ordered_removal_costs(weights, inverse, three));
  EXPECT_EQ(refit(gram, weights * gram, keep, one), refit(gram, weights * gram, keep, three));
  EXPECT_EQ(sweep(weights, inverse, {.kept = 900}, one).weights,
            sweep(weights, inverse, {.kept = 900}, three).weights);
}

}  // namespace
}  // namespace gcompress::prune
