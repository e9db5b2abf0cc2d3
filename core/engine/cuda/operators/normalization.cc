// Softmax, layer normalisation, and sums, means and extremes along axes.
#include "gcompress/core/graph/operators/normalization.h"

#include <algorithm>
#include <set>

#include "gcompress/core/engine/cuda/operators/operator.h"
#include "gcompress/core/graph/operators/activation.h"
#include "gcompress/core/graph/operators/reduction.h"
#include "gcompress/core/kernels/cuda/rows/launch.h"

namespace gcompress::engine::gpu {
namespace {

namespace rows = cuda::rows;

// The axes from `axis` on are one row.
struct RowsAndLength {
  int rows = 0;
  int length = 0;
};

RowsAndLength rows_from(const Shape& in, std::int64_t axis) {
  const std::int64_t length =
      element_count(Shape(in.begin() + static_cast<std::ptrdiff_t>(axis), in.end()));
  return {.rows = to_int(element_count(in) / std::max<std::int64_t>(1, length)),
          .length = to_int(length)};
}

Kernel softmax(const Binding& binding, Maker&) {
  const graph::SoftmaxAttributes attributes =
      graph::softmax_attributes(binding.node, binding.opset);
  const Shape& in = binding.inputs[0];
  const auto rank = static_cast<std::int64_t>(in.size());
  const std::int64_t axis = graph::normalized_axis(binding.node, attributes.axis, rank);
  if (!attributes.flattens && axis != rank - 1) binding.unsupported("an axis that is not the last");
  return {.run = [size = rows_from(in, axis)](const Call& call) {
    rows::softmax(call.inputs[0], call.output, size.rows, size.length, call.stream);
  }};
}

Kernel layer_norm(const Binding& binding, Maker& maker) {
  const graph::LayerNormAttributes attributes = graph::layer_norm_attributes(binding.node);
  if (!binding.is_constant(1)) binding.unsupported("a scale that is not constant");
  const Shape& in = binding.inputs[0];
  const RowsAndLength size = rows_from(
      in,
      graph::normalized_axis(binding.node, attributes.axis, static_cast<std::int64_t>(in.size())));
  const std::vector<float> factors = binding.floats(1);
  std::vector<float> offsets(factors.size());
  if (binding.is_constant(2)) offsets = binding.floats(2);
  if (static_cast<int>(factors.size()) != size.length || offsets.size() != factors.size()) {
    binding.unsupported("a scale that is spread");
  }
  const auto scale = maker.keep(factors);
  const auto shift = maker.keep(offsets);
  return {.run = [size, scale, shift, epsilon = attributes.epsilon](const Call& call) {
    rows::layer_norm({.x = call.inputs[0],
                      .scale = scale->data(),
                      .shift = shift->data(),
                      .y = call.output,
                      .rows = size.rows,
                      .length = size.length,
                      .epsilon = epsilon},
                     call.stream);
  }};
}

// All places of these axes, in row-major order.
std::vector<int> places(const Shape& shape, const std::vector<std::size_t>& axes) {
  const std::vector<int> steps = steps_of(shape);
  std::vector<int> found = {0};
  for (const std::size_t axis : axes) {
    std::vector<int> more;
    more.reserve(found.size() * static_cast<std::size_t>(shape[axis]));
    for (const int at : found) {
      for (int i = 0; i < to_int(shape[axis]); ++i) more.push_back(at + i * steps[axis]);
    }
    found = std::move(more);
  }
  return found;
}

template <const char* kName>
Kernel reduce(const Binding& binding, Maker& maker) {
  const graph::ReduceAttributes attributes =
      graph::reduce_attributes(binding.node, binding.opset, binding.lookup());
  if (!attributes.axes.known) binding.unsupported("axes that are not constant");
  const Shape& in = binding.inputs[0];
  const std::vector<std::int64_t> reduced =
      graph::reduced_axes(binding.node, attributes, static_cast<std::int64_t>(in.size()));
  const std::set<std::int64_t> gone(reduced.begin(), reduced.end());
  std::vector<std::size_t> kept;
  std::vector<std::size_t> left_out;
  for (std::size_t axis = 0; axis < in.size(); ++axis) {
    (gone.contains(static_cast<std::int64_t>(axis)) ? left_out : kept).push_back(axis);
  }
  const auto first = maker.keep(places(in, kept));
  const auto terms = maker.keep(places(in, left_out));
  return {.run = [first, terms, launch = rows::reduce(kName)](const Call& call) {
    launch({.x = call.inputs[0],
            .first = first->data(),
            .places = terms->data(),
            .y = call.output,
            .count = static_cast<int>(first->size()),
            .terms = static_cast<int>(terms->size())},
           call.stream);
  }};
}

constexpr char kSum[] = "sum", kMean[] = "mean", kMax[] = "max", kMin[] = "min";

constexpr Row kRows[] = {{"LayerNormalization", layer_norm}, {"ReduceMax", reduce<kMax>},
                         {"ReduceMean", reduce<kMean>},      {"ReduceMin", reduce<kMin>},
                         {"ReduceSum", reduce<kSum>},        {"Softmax", softmax}};

}  // namespace

std::span<const Row> normalization_rows() { return kRows; }

}  // namespace gcompress::engine::gpu
