// Operators that move elements.
#include "gcompress/core/graph/operators/movement.h"

#include <algorithm>
#include <utility>

#include "gcompress/core/engine/operators/moved_planes.h"
#include "gcompress/core/engine/operators/operator.h"

namespace gcompress::engine {
namespace {

// Another shape, the same elements.
Kernel reshape(const Binding& binding) {
  const std::int64_t count = element_count(binding.outputs[0]);
  return [count](const Call& call) {
    std::copy(call.inputs[0], call.inputs[0] + count, call.outputs[0]);
  };
}

// Where in the input each element of the output comes from; -1: from nowhere.
using Sources = std::vector<std::int64_t>;

// `place(axis, i)` is the place along axis `axis` of the input that index i of the output's axis
// has; -1: none. Looked up once, when the plan is made.
template <typename Place>
Sources sources_of(const Shape& in, const Shape& out, Place place) {
  Sources sources(static_cast<std::size_t>(element_count(out)));
  for (std::size_t i = 0; i < sources.size(); ++i) {
    auto rest = static_cast<std::int64_t>(i);
    std::int64_t from = 0;
    std::int64_t step = 1;
    for (std::size_t axis = out.size(); axis-- > 0;) {
      const std::int64_t at = place(axis, rest % out[axis]);
      rest /= out[axis];
      from = at < 0 || from < 0 ? -1 : from + at * step;
      step *= in[axis];
    }
    sources[i] = from;
  }
  return sources;
}

Kernel copy_from(Sources sources, float otherwise = 0) {
  return [sources = std::move(sources), otherwise](const Call& call) {
    for (std::size_t i = 0; i < sources.size(); ++i) {
      call.outputs[0][i] = sources[i] < 0 ? otherwise : call.inputs[0][sources[i]];
    }
  };
}

template <typename Place>
AxisSources axis_sources(const Shape& out, Place place) {
  AxisSources sources;
  for (std::size_t axis = 0; axis < sources.size(); ++axis) {
    for (std::int64_t i = 0; i < out[axis]; ++i) sources[axis].push_back(place(axis, i));
  }
  return sources;
}

Kernel transpose(const Binding& binding) {
  const Shape& in = binding.inputs[0];
  const Shape& out = binding.outputs[0];
  const std::vector<std::int64_t> permutation =
      graph::transpose_permutation(binding.node, static_cast<std::int64_t>(in.size()));
  std::vector<std::int64_t> in_steps(in.size(), 1);
  for (std::size_t i = in.size(); i-- > 1;) in_steps[i - 1] = in_steps[i] * in[i];
  Sources sources(static_cast<std::size_t>(element_count(out)));
  for (std::size_t i = 0; i < sources.size(); ++i) {
    auto rest = static_cast<std::int64_t>(i);
    for (std::size_t axis = out.size(); axis-- > 0;) {
      sources[i] += rest % out[axis] * in_steps[static_cast<std::size_t>(permutation[axis])];
      rest /= out[axis];
    }
  }
  return copy_from(std::move(sources));
}

Kernel slice(const Binding& binding) {
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
  const auto place = [&](std::size_t axis, std::int64_t i) {
    return ranges[axis].start + i * ranges[axis].step;
  };
  const Shape& out = binding.outputs[0];
  if (in.size() == 4) return move_planes(binding, axis_sources(out, place), 0);
  return copy_from(sources_of(in, out, place));
}

Kernel concat(const Binding& binding) {
  const Shape& out = binding.outputs[0];
  const std::int64_t axis =
      graph::normalized_axis(binding.node, graph::attribute_int(binding.node, "axis", 1),
                             static_cast<std::int64_t>(out.size()));
  const auto at = static_cast<std::ptrdiff_t>(axis);
  const std::int64_t outer = element_count(Shape(out.begin(), out.begin() + at));
  std::vector<std::int64_t> lengths;  // of each input's piece
  for (const Shape& in : binding.inputs) {
    lengths.push_back(element_count(Shape(in.begin() + at, in.end())));
  }
  return [=](const Call& call) {
    float* to = call.outputs[0];
    for (std::int64_t o = 0; o < outer; ++o) {
      for (std::size_t i = 0; i < lengths.size(); ++i) {
        to = std::copy_n(call.inputs[i] + o * lengths[i], lengths[i], to);
      }
    }
  };
}

Kernel pad(const Binding& binding) {
  const graph::PadParameters parameters =
      graph::pad_parameters(binding.node, binding.opset, binding.lookup());
  if (!parameters.known() || !parameters.value.known) {
    binding.unsupported("padding that is not constant");
  }
  const Shape& in = binding.inputs[0];
  const std::vector<std::int64_t> pads =
      graph::pads_of_all_axes(binding.node, parameters, static_cast<std::int64_t>(in.size()));
  const float value = parameters.value.given ? parameters.value.value : 0;
  const auto place = [&](std::size_t axis, std::int64_t i) {
    return graph::padded_source(i - pads[axis], in[axis], parameters.mode);
  };
  const Shape& out = binding.outputs[0];
  if (in.size() == 4) return move_planes(binding, axis_sources(out, place), value);
  return copy_from(sources_of(in, out, place), value);
}

constexpr OperatorRow kRows[] = {
    {.op_type = "Concat", .make = concat, .reads_constants = true, .integers = true},
    {.op_type = "Flatten", .make = reshape, .same_elements = true, .integers = true},
    {.op_type = "Pad", .make = pad, .planes = Planes::kBoth, .integers = true},
    {.op_type = "Reshape", .make = reshape, .same_elements = true, .integers = true},
    {.op_type = "Slice", .make = slice, .planes = Planes::kBoth, .integers = true},
    {.op_type = "Squeeze", .make = reshape, .same_elements = true, .integers = true},
    {.op_type = "Transpose", .make = transpose, .integers = true},
    {.op_type = "Unsqueeze", .make = reshape, .same_elements = true, .integers = true},
};

}  // namespace

std::span<const OperatorRow> movement_rows() { return kRows; }

}  // namespace gcompress::engine
