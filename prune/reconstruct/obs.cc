// The optimal brain surgeon on one layer.
#include "gcompress/prune/reconstruct/obs.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "gcompress/prune/reconstruct/threads.h"

namespace gcompress::prune {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

bool factors(const MatrixXd& gram) {
  const Eigen::LLT<MatrixXd> factor(gram);
  if (factor.info() != Eigen::Success) return false;
  // A pivot near rounding says as much as a negative one.
  const auto pivots = factor.matrixLLT().diagonal().array();
  return pivots.minCoeff() > 1e-5 * pivots.maxCoeff();
}

// The inverse of what is left of one row, without the removed weights. Removals are put off and
// applied several at a time, as a product of matrices: one by one, memory would set the pace.
class RowSurgeon {
 public:
  RowSurgeon(VectorXd weights, const MatrixXd& inverse)
      : weights_(std::move(weights)),
        inverse_(inverse),
        diagonal_(inverse.diagonal()),
        pending_(inverse.rows(), kPending),
        place_(static_cast<std::size_t>(inverse.rows())) {
    std::iota(place_.begin(), place_.end(), Index{0});
  }

  // Removes the weight that costs least: its place in the row, and what it costs.
  std::pair<Index, double> remove_next() {
    Index best = -1;
    double cost = 0;
    for (Index i = 0; i < count(); ++i) {
      if (place_[static_cast<std::size_t>(i)] < 0) continue;
      const double one = weights_[i] * weights_[i] / diagonal_[i];
      if (best >= 0 && !(one < cost)) continue;
      cost = one;
      best = i;
    }
    const Index removed = place_[static_cast<std::size_t>(best)];
    remove(best);
    return {removed, cost};
  }

 private:
  static constexpr Index kPending = 32;

  Index count() const { return static_cast<Index>(place_.size()); }

  // H^-1 -= H^-1_:p H^-1_p: / [H^-1]_pp, only the lower triangle of which is kept.
  void remove(Index p) {
    VectorXd column(count());
    column.head(p) = inverse_.row(p).head(p).transpose();
    column.tail(count() - p) = inverse_.col(p).tail(count() - p);
    column.noalias() -= pending_.leftCols(gone_) * pending_.row(p).head(gone_).transpose();
    const double pivot = column[p];
    weights_ -= weights_[p] / pivot * column;
    column /= std::sqrt(pivot);
    diagonal_ -= column.cwiseAbs2();
    pending_.col(gone_) = column;
    place_[static_cast<std::size_t>(p)] = -1;
    if (++gone_ == kPending) apply();
  }

  void apply() {
    std::vector<Index> left;
    for (Index i = 0; i < count(); ++i) {
      if (place_[static_cast<std::size_t>(i)] >= 0) left.push_back(i);
    }
    const MatrixXd pending = pending_(left, Eigen::all);
    MatrixXd inverse = inverse_(left, left);
    inverse.selfadjointView<Eigen::Lower>().rankUpdate(pending, -1);
    inverse_ = std::move(inverse);
    weights_ = VectorXd(weights_(left));
    diagonal_ = inverse_.diagonal();
    pending_.resize(inverse_.rows(), kPending);
    std::erase(place_, Index{-1});
    gone_ = 0;
  }

  VectorXd weights_;
  MatrixXd inverse_;          // without what is pending
  VectorXd diagonal_;         // with it
  MatrixXd pending_;          // one column a removal
  std::vector<Index> place_;  // of each remaining weight in the row; -1: removed
  Index gone_ = 0;
};

// Which weights of some columns are cheapest: a share of all of them together.
void choose_share(const MatrixXd& costs, double share, Index begin, BoolMatrix& keep) {
  std::vector<Index> order(static_cast<std::size_t>(costs.size()));
  std::iota(order.begin(), order.end(), Index{0});
  const auto kept = std::llround(share * static_cast<double>(costs.size()));
  std::ranges::nth_element(order, order.begin() + kept, [&](Index a, Index b) {
    const double cost_a = costs.data()[a];
    const double cost_b = costs.data()[b];
    return cost_a != cost_b ? cost_a > cost_b : a < b;
  });
  for (std::size_t i = 0; i < order.size(); ++i) {
    keep(order[i] % costs.rows(), begin + order[i] / costs.rows()) =
        static_cast<long long>(i) < kept;
  }
}

// Which weights of a few columns each row keeps: `kept`, those that cost most.
void choose_in_rows(const MatrixXd& costs, std::int64_t kept, Index first, Index begin,
                    BoolMatrix& keep) {
  std::vector<Index> order(static_cast<std::size_t>(costs.cols()));
  for (Index row = 0; row < costs.rows(); ++row) {
    std::iota(order.begin(), order.end(), Index{0});
    std::ranges::stable_sort(order, std::greater<>(), [&](Index i) { return costs(row, i); });
    for (Index i = 0; i < costs.cols(); ++i) {
      keep(first + row, begin + order[static_cast<std::size_t>(i)]) = i < kept;
    }
  }
}

}  // namespace

Damping dampen(MatrixXd& gram, double relative) {
  const double mean = gram.rows() == 0 ? 0 : gram.diagonal().mean();
  if (!(mean > 0)) {
    gram.diagonal().array() += 1;
    return {.added = 1, .raised = true};
  }
  Damping damping{.added = relative * mean, .raised = false};
  gram.diagonal().array() += damping.added;
  for (int attempt = 0; attempt < 12 && !factors(gram); ++attempt) {
    const double more = damping.added > 0 ? 9 * damping.added : 1e-8 * mean;
    gram.diagonal().array() += more;
    damping = {.added = damping.added + more, .raised = true};
  }
  return damping;
}

MatrixXd inverse_of(const MatrixXd& gram) {
  return gram.llt().solve(MatrixXd::Identity(gram.rows(), gram.cols()));
}

MatrixXd ordered_removal_costs(const MatrixXd& weights, const MatrixXd& inverse,
                               const RunContext& context) {
  MatrixXd costs(weights.rows(), weights.cols());
  for_each_piece(weights.rows(), context, [&](std::int64_t row) {
    RowSurgeon surgeon(weights.row(row).transpose(), inverse);
    double most = 0;
    for (Index i = 0; i < weights.cols(); ++i) {
      const auto [place, cost] = surgeon.remove_next();
      most = std::max(most, cost);
      costs(row, place) = most;
    }
  });
  return costs;
}

MatrixXd refit(const MatrixXd& gram, const MatrixXd& target, const BoolMatrix& keep,
               const RunContext& context) {
  MatrixXd rows = MatrixXd::Zero(target.rows(), target.cols());
  for_each_piece(target.rows(), context, [&](std::int64_t row) {
    std::vector<Index> kept;
    for (Index i = 0; i < keep.cols(); ++i) {
      if (keep(row, i)) kept.push_back(i);
    }
    if (kept.empty()) return;
    const MatrixXd part = gram(kept, kept);
    const VectorXd wanted = target.row(row).transpose()(kept);
    const VectorXd solution = part.llt().solve(wanted);
    for (std::size_t i = 0; i < kept.size(); ++i) {
      rows(row, kept[i]) = solution[static_cast<Index>(i)];
    }
  });
  return rows;
}

SweepResult sweep(const MatrixXd& weights, const MatrixXd& inverse, const SweepChoice& choice,
                  const RunContext& context, std::int64_t block) {
  const Index features = weights.cols();
  // Rows of U, H^-1 = U^T U, hold what each step needs of the inverse of what lies right of it.
  const MatrixXd upper = inverse.llt().matrixU();
  SweepResult result{weights, BoolMatrix::Constant(weights.rows(), features, true)};
  if (choice.keep != nullptr) result.keep = *choice.keep;
  const double share = weights.size() == 0
                           ? 1
                           : static_cast<double>(choice.kept) / static_cast<double>(weights.size());
  // Blocks hold whole groups of M.
  const Index width = choice.of > 0 ? std::max<Index>(block / choice.of, 1) * choice.of : block;
  constexpr Index kRows = 32;  // of a piece of work
  const Index pieces = (weights.rows() + kRows - 1) / kRows;
  for (Index begin = 0; begin < features; begin += width) {
    const Index count = std::min(width, features - begin);
    const auto corner = upper.block(begin, begin, count, count);
    const Eigen::RowVectorXd pivots = corner.diagonal().transpose().array().square();
    if (choice.keep == nullptr && choice.of == 0) {
      const MatrixXd costs =
          result.weights.middleCols(begin, count).array().square().rowwise() / pivots.array();
      choose_share(costs, share, begin, result.keep);
    }
    for_each_piece(pieces, context, [&](std::int64_t piece) {
      const Index first = piece * kRows;
      const Index rows = std::min(kRows, weights.rows() - first);
      MatrixXd errors(rows, count);
      auto part = result.weights.block(first, begin, rows, count);
      for (Index column = 0; column < count; ++column) {
        if (choice.keep == nullptr && choice.of > 0 && column % choice.of == 0) {
          const Index size = std::min<Index>(choice.of, count - column);
          const MatrixXd costs = part.middleCols(column, size).array().square().rowwise() /
                                 pivots.segment(column, size).array();
          choose_in_rows(costs, choice.kept, first, begin + column, result.keep);
        }
        for (Index row = 0; row < rows; ++row) {
          const bool kept = result.keep(first + row, begin + column);
          errors(row, column) = kept ? 0 : part(row, column) / corner(column, column);
        }
        part.rightCols(count - column).noalias() -=
            errors.col(column) * corner.row(column).tail(count - column);
        for (Index row = 0; row < rows; ++row) {
          if (!result.keep(first + row, begin + column)) part(row, column) = 0;  // not rounding
        }
      }
      const Index rest = features - begin - count;
      if (rest > 0) {
        result.weights.block(first, begin + count, rows, rest).noalias() -=
            errors * upper.block(begin, begin + count, count, rest);
      }
    });
  }
  return result;
}

}  // namespace gcompress::prune
