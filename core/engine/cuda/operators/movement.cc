// Operators that move elements.
#include "gcompress/core/graph/operators/movement.h"

#include <algorithm>

#include "gcompress/core/engine/cuda/operators/operator.h"
#include "gcompress/core/kernels/cuda/movement/launch.h"

namespace gcompress::engine::gpu {
namespace {

namespace movement = cuda::movement;

// Another shape, the same elements; only where the value must be another (an output, say).
Kernel same_elements(const Binding& binding, Maker&) {
  return {.run = [count = count_of(binding.outputs[0])](const Call& call) {
    movement::copy({.x = call.inputs[0],
                    .y = call.output,
                    .rows = 1,
                    .length = count,
                    .x_stride = count,
                    .y_stride = count},
                   call.stream);
  }};
}

// `offset(axis, i)` is what index i of the output's axis adds to the place in the input; negative:
// there is nothing, and `otherwise` is taken.
template <typename Offset>
Kernel gather(const Binding& binding, Maker& maker, Offset offset, float otherwise = 0) {
  const Shape& out = binding.outputs[0];
  std::vector<int> table;
  for (const std::int64_t size : out) table.push_back(to_int(size));
  for (std::size_t axis = 0; axis < out.size(); ++axis) {
    for (std::int64_t i = 0; i < out[axis]; ++i) table.push_back(to_int(offset(axis, i)));
  }
  const auto axes = maker.keep(table);
  return {.run = [axes, rank = static_cast<int>(out.size()), count = count_of(out),
                  otherwise](const Call& call) {
    movement::gather({.x = call.inputs[0],
                      .y = call.output,
                      .axes = axes->data(),
                      .rank = rank,
                      .count = count,
                      .otherwise = otherwise},
                     call.stream);
  }};
}

Kernel transpose(const Binding& binding, Maker& maker) {
  const Shape& in = binding.inputs[0];
  const std::vector<std::int64_t> permutation =
      graph::transpose_permutation(binding.node, static_cast<std::int64_t>(in.size()));
  const std::vector<int> steps = steps_of(in);
  return gather(binding, maker, [&](std::size_t axis, std::int64_t i) {
    return i * steps[static_cast<std::size_t>(permutation[axis])];
  });
}

Kernel slice(const Binding& binding, Maker& maker) {
  const graph::SliceParameters parameters =
      graph::slice_parameters(binding.node, binding.opset, binding.lookup());
  if (!parameters.known()) binding.unsupported("bounds that are not constant");
  const Shape& in = binding.inputs[0];
  std::vector<graph::SliceRange> ranges;
  for (const std::int64_t size : in) ranges.push_back({.start = 0, .step = 1, .count = size});
  for (std::size_t i = 0; i < parameters.starts.values.size(); ++i) {
    const auto axis = static_cast<std::size_t>(graph::normalized_axis(
        binding.node, parameters.axes.values[i], static_cast<std::int64_t>(in.size())));
    ranges[axis] =
        graph::slice_range(binding.node, parameters.starts.values[i], parameters.ends.values[i],
                           parameters.steps.values[i], in[axis]);
  }
  const std::vector<int> steps = steps_of(in);
  return gather(binding, maker, [&](std::size_t axis, std::int64_t i) {
    return (ranges[axis].start + i * ranges[axis].step) * steps[axis];
  });
}

Kernel pad(const Binding& binding, Maker& maker) {
  const graph::PadParameters parameters =
      graph::pad_parameters(binding.node, binding.opset, binding.lookup());
  if (!parameters.known() || !parameters.value.known) {
    binding.unsupported("padding that is not constant");
  }
  const Shape& in = binding.inputs[0];
  const std::vector<std::int64_t> pads =
      graph::pads_of_all_axes(binding.node, parameters, static_cast<std::int64_t>(in.size()));
  const std::vector<int> steps = steps_of(in);
  return gather(
      binding, maker,
      [&](std::size_t axis, std::int64_t i) {
        const std::int64_t place = graph::padded_source(i - pads[axis], in[axis], parameters.mode);
        return place < 0 ? place : place * steps[axis];
      },
      parameters.value.given ? parameters.value.value : 0);
}

Kernel concat(const Binding& binding, Maker&) {
  const Shape& out = binding.outputs[0];
  const std::int64_t axis =
      graph::normalized_axis(binding.node, graph::attribute_int(binding.node, "axis", 1),
                             static_cast<std::int64_t>(out.size()));
  const auto at = static_cast<std::ptrdiff_t>(axis);
  const int rows = count_of(Shape(out.begin(), out.begin() + at));
  std::vector<int> lengths;  // of each input's piece
  int length = 0;
  for (const Shape& in : binding.inputs) {
    lengths.push_back(count_of(Shape(in.begin() + at, in.end())));
    length += lengths.back();
  }
  return {.run = [rows, lengths, length](const Call& call) {
    float* to = call.output;
    for (std::size_t i = 0; i < lengths.size(); ++i) {
      movement::copy({.x = call.inputs[i],
                      .y = to,
                      .rows = rows,
                      .length = lengths[i],
                      .x_stride = lengths[i],
                      .y_stride = length},
                     call.stream);
      to += lengths[i];
    }
  }};
}

constexpr Row kRows[] = {{"Concat", concat},
                         {"Dropout", same_elements},
                         {"Flatten", same_elements},
                         {"Identity", same_elements},
                         {"Pad", pad},
                         {"Reshape", same_elements},
                         {"Slice", slice},
                         {"Squeeze", same_elements},
                         {"Transpose", transpose},
                         {"Unsqueeze", same_elements}};

}  // namespace

std::span<const Row> movement_rows() { return kRows; }

}  // namespace gcompress::engine::gpu
