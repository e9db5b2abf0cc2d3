// Layers that multiply what they read by a constant matrix: y = alpha W x + b at every
// position.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "gcompress/core/graph/network.h"
#include "gcompress/core/graph/operators/convolution.h"
#include "gcompress/core/graph/weights.h"

namespace gcompress::prune {

// Where a constant added to the layer's output goes: the tensor gains factor * delta.
struct BiasPlace {
  graph::WeightId id;
  Tensor value;       // as the network has it
  double factor = 1;  // -1: the running mean of the batch norm behind the layer
};

// A Conv, Gemm or MatMul of the main graph whose weight is used there alone. Rows are output
// channels; a row's features are in / groups * taps for a kernel, in for a matrix.
struct LinearLayer {
  enum class Form {
    kKernel,  // [out, in / groups, taps...]
    kRight,   // x W, or x W^T: features along the last axis of x (the first where transposed)
    kLeft,    // W x: features along the last axis but one of x
  };

  const graph::Weight* weight = nullptr;  // among those given to linear_layers
  std::size_t node = 0;
  std::string input;  // values of the main graph
  std::string output;
  Form form = Form::kRight;
  bool features_first = false;    // stored [features, rows]
  bool input_transposed = false;  // Gemm with transA
  double alpha = 1;               // y = alpha W x + b
  std::int64_t groups = 1;
  std::int64_t rows = 0;
  std::int64_t features = 0;
  std::optional<graph::ConvAttributes> convolution;
  std::vector<float> added;       // what the node itself adds to each row (its own bias)
  std::optional<BiasPlace> bias;  // nullopt: nothing can take a constant

  std::int64_t group_of(std::int64_t row) const { return row / (rows / groups); }
  // Where the weight of a row and a feature is stored.
  std::int64_t index(std::int64_t row, std::int64_t feature) const {
    return features_first ? feature * rows + row : row * features + feature;
  }
};

// All of them, in the order of the nodes. Weights in `untouched` are left out and their tensors
// take no constants.
std::vector<LinearLayer> linear_layers(const graph::Network& network,
                                       const std::vector<graph::Weight>& weights,
                                       const std::set<graph::WeightId>& untouched);

// The weight's value as [rows, features], and back.
Eigen::MatrixXd matrix_of(const LinearLayer& layer, const Tensor& value);
Tensor tensor_of(const LinearLayer& layer, const Eigen::MatrixXd& matrix);

// Which positions of a batch are looked at: a share of them, spread evenly.
class PositionSample {
 public:
  // Looks at about `wanted` of `present` positions; at all if there are no more.
  PositionSample(std::int64_t wanted, std::int64_t present);
  bool takes(std::int64_t position) const {
    return static_cast<std::uint32_t>(position) * 2654435761U <= threshold_;
  }

 private:
  std::uint32_t threshold_;
};

// Positions (samples, and places within them) at which a value that the layer reads is multiplied.
// Throws Error(kInput) naming the node if the value's rank or sizes do not fit the layer.
std::int64_t positions_of(const LinearLayer& layer, const graph::Node& node, const Tensor& input);

// Blocks of at most `width` positions, in order: visit(x, y), x [groups * features, positions] what
// each position's rows are multiplied by (im2col), y [rows, positions] what they gave in `output`
// (no rows if that is not defined). Zero padding counts as zeros.
using VisitBlock = std::function<void(const Eigen::MatrixXf& x, const Eigen::MatrixXf& y)>;
void for_each_block(const LinearLayer& layer, const graph::Node& node, const Tensor& input,
                    const Tensor& output, const PositionSample& sample, std::int64_t width,
                    const VisitBlock& visit);

}  // namespace gcompress::prune
