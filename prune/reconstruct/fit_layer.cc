// Least squares under a mask, with damping chosen on what was held back.
#include "gcompress/prune/reconstruct/fit_layer.h"

#include <algorithm>
#include <limits>

#include "gcompress/prune/reconstruct/layer_walk.h"

namespace gcompress::prune {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;

// Multiplications that fitting each row exactly takes.
double fit_products(const BoolMatrix& keep) {
  double products = 0;
  for (Index row = 0; row < keep.rows(); ++row) {
    const auto kept = static_cast<double>(keep.row(row).count());
    products += kept * kept * kept / 6;
  }
  return products;
}

Fitted fit(const LinearLayer& layer, const LayerStatistics& statistics, const BoolMatrix& keep,
           double relative, bool exact, const RunContext& context) {
  const bool centred = layer.bias.has_value();
  const MatrixXd dense = layer.alpha * matrix_of(layer, layer.weight->value);
  const MatrixXd cross = statistics.cross(centred);
  Fitted fitted{.weights = MatrixXd(layer.rows, layer.features)};
  for (std::int64_t group = 0; group < layer.groups; ++group) {
    const auto [first, count] = rows_of(layer, group);
    MatrixXd gram = statistics.gram(group, centred);
    const Damping damping = dampen(gram, relative);
    if (damping.raised) {
      ++fitted.singular;
      fitted.most_added = std::max(fitted.most_added, damping.added);
    }
    const MatrixXd target =
        cross.middleRows(first, count) + damping.added * dense.middleRows(first, count);
    const BoolMatrix part = keep.middleRows(first, count);
    if (exact) {
      fitted.weights.middleRows(first, count) = refit(gram, target, part, context);
    } else {
      const MatrixXd inverse = inverse_of(gram);
      fitted.weights.middleRows(first, count) =
          sweep(target * inverse, inverse, {.keep = &part}, context).weights;
    }
  }
  return fitted;
}

// The mean squared error of rows on what these statistics saw, less what all rows share.
double error_of(const LinearLayer& layer, const MatrixXd& weights,
                const LayerStatistics& statistics) {
  const bool centred = layer.bias.has_value();
  double error = -2 * weights.cwiseProduct(statistics.cross(centred)).sum();
  for (std::int64_t group = 0; group < layer.groups; ++group) {
    const auto [first, count] = rows_of(layer, group);
    const MatrixXd rows = weights.middleRows(first, count);
    error += (rows * statistics.gram(group, centred)).cwiseProduct(rows).sum();
  }
  return error;
}

}  // namespace

Fitted fit_layer(const LinearLayer& layer, LayerStatistics& statistics,
                 const LayerStatistics& held_back, const BoolMatrix& keep,
                 const ReconstructOptions& options, const RunContext& context) {
  const double products = fit_products(keep);
  const bool exact = products <= options.exact_limit;
  // Four more fits of a large layer would set the pace; with none to compare, the middle is safe.
  const bool compares = 4 * products <= options.exact_limit && held_back.positions() > 0 &&
                        statistics.positions() > 0;
  double best = (compares ? 1 : 10) * options.damping;
  if (compares) {
    double least = std::numeric_limits<double>::infinity();
    for (const double times : {1.0, 10.0, 100.0, 1000.0}) {
      const double damping = times * options.damping;
      const double error =
          error_of(layer, fit(layer, statistics, keep, damping, exact, context).weights, held_back);
      if (error < least) {
        least = error;
        best = damping;
      }
    }
  }
  statistics.merge(held_back);
  return fit(layer, statistics, keep, best, exact, context);
}

}  // namespace gcompress::prune
