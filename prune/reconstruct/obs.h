// The optimal brain surgeon on one layer: which weights of a row to remove and what the others
// become, so that the layer's outputs change least.
//
// For a row w of a layer with Gram matrix H = mean x x^T the squared error of the outputs is
//   E(v) = (v - w) H (v - w)^T + constant,
// w being the best dense row (that of the dense layer, or the one that best makes the dense outputs
// of the inputs at hand). Removing weight p alone costs w_p^2 / [H^-1]_pp, and the others become
//   w - w_p / [H^-1]_pp * H^-1_p:                     (Frantar, Singh & Alistarh 2022, eq. 3).
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <string>
#include <vector>

#include "gcompress/core/base/run_context.h"

namespace gcompress::prune {

using BoolMatrix = Eigen::Array<bool, Eigen::Dynamic, Eigen::Dynamic>;

// Adds `relative` of the mean diagonal to the diagonal, ten times more until it factors. Returns
// what was added; 1 for a matrix of zeros.
struct Damping {
  double added = 0;
  bool raised = false;  // `relative` alone did not do
};
Damping dampen(Eigen::MatrixXd& gram, double relative);

// The inverse of a positive definite matrix.
Eigen::MatrixXd inverse_of(const Eigen::MatrixXd& gram);

// What removing each weight costs when its turn comes: the exact greedy order of every row (OBC,
// algorithm 1), costs made nondecreasing along it, so that any threshold keeps a prefix. Takes
// about rows * features^3 / 6 multiplications.
Eigen::MatrixXd ordered_removal_costs(const Eigen::MatrixXd& weights,
                                      const Eigen::MatrixXd& inverse, const RunContext& context);

// Rows that minimise the error under the masks (true: kept), exactly: for each row the normal
// equations of its kept weights, v_S H_SS = target_S with target = w H. A row without kept weights
// becomes zero.
Eigen::MatrixXd refit(const Eigen::MatrixXd& gram, const Eigen::MatrixXd& target,
                      const BoolMatrix& keep, const RunContext& context);

// How a sweep chooses what it keeps.
struct SweepChoice {
  const BoolMatrix* keep = nullptr;  // given; or else
  std::int64_t kept = 0;             // of `of` weights next to each other in a row (N:M), or of
  std::int64_t of = 0;               // all weights where this is 0, in proportion in every block
};

struct SweepResult {
  Eigen::MatrixXd weights;
  BoolMatrix keep;
};

// One pass over the columns, each column's error passed on to those right of it in blocks of
// `block` columns (SparseGPT: Frantar & Alistarh 2023, algorithm 1). Takes about features^3 +
// rows * features^2 multiplications: for layers too large for the exact order and refit.
SweepResult sweep(const Eigen::MatrixXd& weights, const Eigen::MatrixXd& inverse,
                  const SweepChoice& choice, const RunContext& context, std::int64_t block = 128);

}  // namespace gcompress::prune
