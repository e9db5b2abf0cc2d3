// What a layer's calibration data say of it: the Gram matrix of what it multiplies, and how that
// goes along with what the dense layer gave.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "gcompress/core/base/run_context.h"
#include "gcompress/prune/reconstruct/linear_layer.h"

namespace gcompress::prune {

// Sums over positions. Products are float32 within blocks of some thousand positions and float64
// between them. Memory: groups * features^2 + rows * features numbers of 8 bytes.
class LayerStatistics {
 public:
  // With targets, add() wants what the dense layer gave.
  LayerStatistics(const LinearLayer& layer, bool with_targets);

  // Throws Error(kInput) for values that are NaN or infinite. Bits do not depend on threads.
  void add(const graph::Node& node, const Tensor& input, const Tensor& output,
           const PositionSample& sample, const RunContext& context);

  // Adds what another saw of the same layer.
  void merge(const LayerStatistics& other);

  std::int64_t positions() const { return positions_; }
  // Per group, [features, features]: the mean of x x^T, less the means' product where centred.
  Eigen::MatrixXd gram(std::int64_t group, bool centred) const;
  // [rows, features]: the mean of y x^T, y without what the node itself adds; centred likewise.
  Eigen::MatrixXd cross(bool centred) const;
  // Means of each row's y (without what the node adds) and, per group and feature, of x.
  Eigen::VectorXd output_means() const;
  Eigen::VectorXd input_means() const;

 private:
  void add_block(const Eigen::MatrixXf& x, const Eigen::MatrixXf& y, const RunContext& context);

  const LinearLayer& layer_;
  std::vector<Eigen::MatrixXd> gram_;  // lower triangles of sums
  Eigen::MatrixXd cross_;
  Eigen::VectorXd input_sums_;
  Eigen::VectorXd output_sums_;
  std::int64_t positions_ = 0;
};

// The root mean square of each input of each group, [groups * features]: Wanda's ||x|| over the
// square root of the number of positions. Memory: groups * features numbers.
class InputNorms {
 public:
  explicit InputNorms(const LinearLayer& layer);
  void add(const graph::Node& node, const Tensor& input, const PositionSample& sample);
  std::vector<float> norms() const;

 private:
  const LinearLayer& layer_;
  Eigen::VectorXd squares_;
  std::int64_t positions_ = 0;
};

}  // namespace gcompress::prune
