// What a layer multiplies at each position, gathered into blocks (im2col).
#include <algorithm>

#include "gcompress/core/graph/operators/parameters.h"
#include "gcompress/prune/reconstruct/linear_layer.h"

namespace gcompress::prune {
namespace {

[[noreturn]] void throw_misfit(const LinearLayer& layer, const graph::Node& node,
                               const Tensor& value) {
  throw_input("the calibration data give it the shape " + to_string(value.shape()) +
                  ", which does not fit the weight " + to_string(layer.weight->value.shape()),
              graph::place_of(node, layer.input),
              "give samples of the shape that the network takes");
}

// The convolution's places on an input of these spatial sizes.
struct Places {
  std::vector<std::int64_t> input;  // spatial sizes
  std::vector<std::int64_t> output;
  std::vector<std::int64_t> pads;  // at the beginnings
  std::int64_t count = 1;          // output positions of one sample
  std::int64_t plane = 1;          // elements of one input channel
};

Places places_of(const LinearLayer& layer, const graph::Node& node, const Tensor& input) {
  const graph::Window& window = layer.convolution->window;
  Places places;
  places.input.assign(input.shape().begin() + 2, input.shape().end());
  const std::vector<std::int64_t> pads = graph::resolve_pads(window, places.input);
  places.pads.assign(pads.begin(), pads.begin() + static_cast<std::ptrdiff_t>(window.axes()));
  for (std::size_t axis = 0; axis < window.axes(); ++axis) {
    places.output.push_back(graph::window_output_size(node, window, axis, places.input[axis]));
    places.count *= places.output.back();
    places.plane *= places.input[axis];
  }
  return places;
}

// For each tap of the kernel, where it reads within a channel's plane at an output position; -1 in
// the padding.
void find_taps(const graph::Window& window, const Places& places, std::int64_t position,
               std::vector<std::int64_t>& taps) {
  const std::size_t axes = window.axes();
  std::vector<std::int64_t> start(axes);
  for (std::size_t axis = axes; axis-- > 0;) {
    start[axis] = position % places.output[axis] * window.strides[axis] - places.pads[axis];
    position /= places.output[axis];
  }
  for (std::size_t tap = 0; tap < taps.size(); ++tap) {
    auto rest = static_cast<std::int64_t>(tap);
    std::int64_t offset = 0;
    std::int64_t step = 1;
    for (std::size_t axis = axes; axis-- > 0;) {
      const std::int64_t at = start[axis] + rest % window.kernel[axis] * window.dilations[axis];
      rest /= window.kernel[axis];
      if (at < 0 || at >= places.input[axis]) offset = -1;
      if (offset >= 0) offset += at * step;
      step *= places.input[axis];
    }
    taps[tap] = offset;
  }
}

// Collects columns and hands them on when a block is full.
class Blocks {
 public:
  Blocks(std::int64_t features, std::int64_t rows, std::int64_t width, const VisitBlock& visit)
      : x_(features, width), y_(rows, width), visit_(visit) {}

  float* next_x() { return x_.col(filled_).data(); }
  float* next_y() { return y_.col(filled_).data(); }
  void take() {
    if (++filled_ == x_.cols()) flush();
  }
  void flush() {
    if (filled_ == x_.cols()) {
      visit_(x_, y_);
    } else if (filled_ > 0) {
      visit_(x_.leftCols(filled_), y_.leftCols(filled_));
    }
    filled_ = 0;
  }

 private:
  Eigen::MatrixXf x_;
  Eigen::MatrixXf y_;
  Eigen::Index filled_ = 0;
  const VisitBlock& visit_;
};

void visit_kernel(const LinearLayer& layer, const graph::Node& node, const Tensor& input,
                  const Tensor& output, const PositionSample& sample, Blocks& blocks) {
  const Places places = places_of(layer, node, input);
  const std::vector<float> x = to_float32(input);
  const std::vector<float> y = output.defined() ? to_float32(output) : std::vector<float>();
  const std::int64_t channels = input.shape()[1];
  std::vector<std::int64_t> taps(
      static_cast<std::size_t>(layer.features / layer.weight->value.shape()[1]));
  for (std::int64_t position = 0; position < input.shape()[0] * places.count; ++position) {
    if (!sample.takes(position)) continue;
    const std::int64_t n = position / places.count;
    const std::int64_t place = position % places.count;
    find_taps(layer.convolution->window, places, place, taps);
    float* column = blocks.next_x();
    for (std::int64_t channel = 0; channel < channels; ++channel) {
      const float* plane = x.data() + (n * channels + channel) * places.plane;
      for (const std::int64_t tap : taps) *column++ = tap < 0 ? 0.0F : plane[tap];
    }
    if (!y.empty()) {
      float* target = blocks.next_y();
      const float* values = y.data() + n * layer.rows * places.count + place;
      for (std::int64_t row = 0; row < layer.rows; ++row) target[row] = values[row * places.count];
    }
    blocks.take();
  }
}

// Features and rows lie `step` apart; `inner` positions lie next to each other.
void visit_matrix(const LinearLayer& layer, const Tensor& input, const Tensor& output,
                  const PositionSample& sample, Blocks& blocks) {
  const std::vector<float> x = to_float32(input);
  const std::vector<float> y = output.defined() ? to_float32(output) : std::vector<float>();
  const bool left = layer.form == LinearLayer::Form::kLeft;
  const std::int64_t all = static_cast<std::int64_t>(x.size()) / layer.features;
  const bool columns = left || layer.input_transposed;
  const std::int64_t inner = columns && input.rank() > 1 ? input.shape().back() : 1;
  for (std::int64_t position = 0; position < all; ++position) {
    if (!sample.takes(position)) continue;
    const std::int64_t outer = position / inner;
    const std::int64_t place = position % inner;
    float* column = blocks.next_x();
    for (std::int64_t feature = 0; feature < layer.features; ++feature) {
      column[feature] =
          x[static_cast<std::size_t>((outer * layer.features + feature) * inner + place)];
    }
    if (!y.empty()) {
      float* target = blocks.next_y();
      for (std::int64_t row = 0; row < layer.rows; ++row) {
        target[row] = y[static_cast<std::size_t>(left ? (outer * layer.rows + row) * inner + place
                                                      : position * layer.rows + row)];
      }
    }
    blocks.take();
  }
}

}  // namespace

PositionSample::PositionSample(std::int64_t wanted, std::int64_t present)
    : threshold_(wanted >= present
                     ? UINT32_MAX
                     : static_cast<std::uint32_t>(4294967296.0 * static_cast<double>(wanted) /
                                                  static_cast<double>(present))) {}

std::int64_t positions_of(const LinearLayer& layer, const graph::Node& node, const Tensor& input) {
  if (!is_floating(input.dtype())) throw_misfit(layer, node, input);
  const Shape& shape = input.shape();
  if (layer.form == LinearLayer::Form::kKernel) {
    if (shape.size() != layer.weight->value.shape().size() ||
        shape[1] != layer.weight->value.shape()[1] * layer.groups) {
      throw_misfit(layer, node, input);
    }
    return shape[0] * places_of(layer, node, input).count;
  }
  const bool last_but_one = layer.form == LinearLayer::Form::kLeft || layer.input_transposed;
  const std::size_t from_back = last_but_one && shape.size() > 1 ? 2 : 1;
  if (shape.size() < from_back || shape[shape.size() - from_back] != layer.features) {
    throw_misfit(layer, node, input);
  }
  return input.size() / layer.features;
}

void for_each_block(const LinearLayer& layer, const graph::Node& node, const Tensor& input,
                    const Tensor& output, const PositionSample& sample, std::int64_t width,
                    const VisitBlock& visit) {
  const std::int64_t positions = positions_of(layer, node, input);
  GCOMPRESS_CHECK(!output.defined() || output.size() == positions * layer.rows);
  Blocks blocks(layer.groups * layer.features, output.defined() ? layer.rows : 0,
                std::min(width, std::max<std::int64_t>(positions, 1)), visit);
  if (layer.form == LinearLayer::Form::kKernel) {
    visit_kernel(layer, node, input, output, sample, blocks);
  } else {
    visit_matrix(layer, input, output, sample, blocks);
  }
  blocks.flush();
}

}  // namespace gcompress::prune
