// Gram matrices in tiles.
#include "gcompress/prune/reconstruct/layer_statistics.h"

#include <algorithm>
#include <cmath>

#include "gcompress/core/graph/operators/parameters.h"
#include "gcompress/prune/reconstruct/threads.h"

namespace gcompress::prune {
namespace {

constexpr Eigen::Index kTile = 96;                              // rows of a piece of work
constexpr std::int64_t kBlockElements = std::int64_t{1} << 21;  // of a block of inputs

std::int64_t block_width(const LinearLayer& layer) {
  return std::clamp<std::int64_t>(kBlockElements / (layer.groups * layer.features), 64, 8192);
}

void require_finite(const LinearLayer& layer, const graph::Node& node, bool finite) {
  if (finite) return;
  throw_input("takes or gives values that are NaN or infinite on the calibration samples",
              graph::place_of(node, layer.input),
              "such a layer cannot be reconstructed; look at the data and the network");
}

}  // namespace

LayerStatistics::LayerStatistics(const LinearLayer& layer, bool with_targets)
    : layer_(layer),
      gram_(static_cast<std::size_t>(layer.groups),
            Eigen::MatrixXd::Zero(layer.features, layer.features)),
      cross_(Eigen::MatrixXd::Zero(with_targets ? layer.rows : 0, layer.features)),
      input_sums_(Eigen::VectorXd::Zero(layer.groups * layer.features)),
      output_sums_(Eigen::VectorXd::Zero(with_targets ? layer.rows : 0)) {}

void LayerStatistics::add(const graph::Node& node, const Tensor& input, const Tensor& output,
                          const PositionSample& sample, const RunContext& context) {
  for_each_block(layer_, node, input, output, sample, block_width(layer_),
                 [&](const Eigen::MatrixXf& x, const Eigen::MatrixXf& y) {
                   require_finite(layer_, node, x.allFinite() && y.allFinite());
                   add_block(x, y, context);
                 });
}

void LayerStatistics::add_block(const Eigen::MatrixXf& x, const Eigen::MatrixXf& y,
                                const RunContext& context) {
  const Eigen::Index features = layer_.features;
  const Eigen::Index rows = y.rows() / layer_.groups;  // of a group; 0 without targets
  const Eigen::Index gram_tiles = (features + kTile - 1) / kTile;
  const Eigen::Index cross_tiles = (rows + kTile - 1) / kTile;
  const Eigen::Index per_group = gram_tiles + cross_tiles;
  for_each_piece(layer_.groups * per_group, context, [&](std::int64_t piece) {
    const Eigen::Index group = piece / per_group;
    const Eigen::Index tile = piece % per_group;
    const auto inputs = x.middleRows(group * features, features);
    if (tile < gram_tiles) {
      const Eigen::Index begin = tile * kTile;
      const Eigen::Index count = std::min(kTile, features - begin);
      Eigen::MatrixXf product(count, begin + count);
      product.noalias() =
          inputs.middleRows(begin, count) * inputs.topRows(begin + count).transpose();
      gram_[static_cast<std::size_t>(group)].block(begin, 0, count, begin + count) +=
          product.cast<double>();
    } else {
      const Eigen::Index begin = (tile - gram_tiles) * kTile;
      const Eigen::Index count = std::min(kTile, rows - begin);
      Eigen::MatrixXf product(count, features);
      product.noalias() = y.middleRows(group * rows + begin, count) * inputs.transpose();
      cross_.middleRows(group * rows + begin, count) += product.cast<double>();
    }
  });
  input_sums_ += x.cast<double>().rowwise().sum();
  if (y.rows() > 0) output_sums_ += y.cast<double>().rowwise().sum();
  positions_ += x.cols();
}

void LayerStatistics::merge(const LayerStatistics& other) {
  for (std::size_t group = 0; group < gram_.size(); ++group) gram_[group] += other.gram_[group];
  cross_ += other.cross_;
  input_sums_ += other.input_sums_;
  output_sums_ += other.output_sums_;
  positions_ += other.positions_;
}

Eigen::MatrixXd LayerStatistics::gram(std::int64_t group, bool centred) const {
  Eigen::MatrixXd mean = gram_[static_cast<std::size_t>(group)] / static_cast<double>(positions_);
  mean.triangularView<Eigen::StrictlyUpper>() = mean.transpose();
  if (centred) {
    const Eigen::VectorXd means = input_means().segment(group * layer_.features, layer_.features);
    mean.noalias() -= means * means.transpose();
  }
  return mean;
}

Eigen::MatrixXd LayerStatistics::cross(bool centred) const {
  Eigen::MatrixXd mean = cross_ / static_cast<double>(positions_);
  const Eigen::VectorXd inputs = input_means();
  const Eigen::VectorXd outputs = output_means();
  const Eigen::Index rows = layer_.rows / layer_.groups;
  for (Eigen::Index group = 0; group < layer_.groups; ++group) {
    const Eigen::VectorXd x = inputs.segment(group * layer_.features, layer_.features);
    for (Eigen::Index row = group * rows; row < (group + 1) * rows; ++row) {
      const double added = layer_.added[static_cast<std::size_t>(row)];
      mean.row(row) -= (centred ? outputs[row] + added : added) * x.transpose();
    }
  }
  return mean;
}

Eigen::VectorXd LayerStatistics::output_means() const {
  Eigen::VectorXd means = output_sums_ / static_cast<double>(positions_);
  for (Eigen::Index row = 0; row < means.size(); ++row) {
    means[row] -= layer_.added[static_cast<std::size_t>(row)];
  }
  return means;
}

Eigen::VectorXd LayerStatistics::input_means() const {
  return input_sums_ / static_cast<double>(positions_);
}

InputNorms::InputNorms(const LinearLayer& layer)
    : layer_(layer), squares_(Eigen::VectorXd::Zero(layer.groups * layer.features)) {}

void InputNorms::add(const graph::Node& node, const Tensor& input, const PositionSample& sample) {
  for_each_block(layer_, node, input, {}, sample, block_width(layer_),
                 [&](const Eigen::MatrixXf& x, const Eigen::MatrixXf&) {
                   require_finite(layer_, node, x.allFinite());
                   squares_ += x.cast<double>().rowwise().squaredNorm();
                   positions_ += x.cols();
                 });
}

std::vector<float> InputNorms::norms() const {
  std::vector<float> norms(static_cast<std::size_t>(squares_.size()));
  for (std::size_t i = 0; i < norms.size(); ++i) {
    norms[i] =
        static_cast<float>(std::sqrt(squares_[static_cast<Eigen::Index>(i)] /
                                     static_cast<double>(std::max<std::int64_t>(positions_, 1))));
  }
  return norms;
}

}  // namespace gcompress::prune
