// Operators that put elements elsewhere by a rule of their own: blocks of depth, repetition, and
// places that other values name.
#include <algorithm>
#include <cmath>
#include <limits>

#include "gcompress/core/engine/operators/operator.h"

namespace gcompress::engine {
namespace {

std::vector<std::int64_t> row_major_steps(const Shape& shape) {
  std::vector<std::int64_t> steps(shape.size(), 1);
  for (std::size_t i = shape.size(); i-- > 1;) steps[i - 1] = steps[i] * shape[i];
  return steps;
}

// Element (i0, i1, ...) of a shape `sizes` comes from the sum of i times `steps`. Looked up once.
Kernel strided_copy(const Shape& sizes, const std::vector<std::int64_t>& steps) {
  std::vector<std::int64_t> sources(static_cast<std::size_t>(element_count(sizes)));
  for (std::size_t i = 0; i < sources.size(); ++i) {
    auto rest = static_cast<std::int64_t>(i);
    for (std::size_t axis = sizes.size(); axis-- > 0;) {
      sources[i] += rest % sizes[axis] * steps[axis];
      rest /= sizes[axis];
    }
  }
  return [sources = std::move(sources)](const Call& call) {
    for (std::size_t i = 0; i < sources.size(); ++i) {
      call.outputs[0][i] = call.inputs[0][sources[i]];
    }
  };
}

std::int64_t block_size(const Binding& binding) {
  const std::int64_t block = graph::attribute_int(binding.node, "blocksize", 0);
  if (block < 1 || binding.inputs[0].size() != 4) binding.unsupported("such blocks");
  return block;
}

// [n, c, h, w] as [n, blocks..., h, w] to [n, c, h, block, w, block].
Kernel depth_to_space(const Binding& binding) {
  const std::int64_t block = block_size(binding);
  const Shape& in = binding.inputs[0];
  const bool rows_first = graph::attribute_string(binding.node, "mode", "DCR") == "DCR";
  const std::int64_t channels = in[1] / (block * block);
  const std::int64_t plane = in[2] * in[3];
  const std::int64_t channel = rows_first ? plane : block * block * plane;
  const std::int64_t part = rows_first ? channels * plane : plane;
  return strided_copy({in[0], channels, in[2], block, in[3], block},
                      {in[1] * plane, channel, in[3], block * part, 1, part});
}

Kernel space_to_depth(const Binding& binding) {
  const std::int64_t block = block_size(binding);
  const Shape& in = binding.inputs[0];
  const std::int64_t plane = in[2] * in[3];
  return strided_copy({in[0], block, block, in[1], in[2] / block, in[3] / block},
                      {in[1] * plane, in[3], 1, plane, block * in[3], block});
}

// An input axis of size s that is repeated is read as repeats x s, with no step for the first.
Kernel tile(const Binding& binding) {
  const Shape& in = binding.inputs[0];
  const Shape& out = binding.outputs[0];
  const std::vector<std::int64_t> in_steps = row_major_steps(in);
  Shape sizes;
  std::vector<std::int64_t> steps;
  for (std::size_t axis = 0; axis < in.size(); ++axis) {
    sizes.insert(sizes.end(), {in[axis] == 0 ? 0 : out[axis] / in[axis], in[axis]});
    steps.insert(steps.end(), {0, in_steps[axis]});
  }
  return strided_copy(sizes, steps);
}

// An index out of range gives NaN.
Kernel gather_elements(const Binding& binding) {
  const Shape& data = binding.inputs[0];
  const Shape& indices = binding.inputs[1];
  const auto axis = static_cast<std::size_t>(
      graph::normalized_axis(binding.node, graph::attribute_int(binding.node, "axis", 0),
                             static_cast<std::int64_t>(data.size())));
  const std::vector<std::int64_t> steps = row_major_steps(data);
  std::vector<std::int64_t> bases(static_cast<std::size_t>(element_count(indices)));
  for (std::size_t i = 0; i < bases.size(); ++i) {
    auto rest = static_cast<std::int64_t>(i);
    for (std::size_t a = indices.size(); a-- > 0;) {
      if (a != axis) bases[i] += rest % indices[a] * steps[a];
      rest /= indices[a];
    }
  }
  return [bases = std::move(bases), step = steps[axis],
          size = static_cast<float>(data[axis])](const Call& call) {
    for (std::size_t i = 0; i < bases.size(); ++i) {
      const float index = call.inputs[1][i] < 0 ? call.inputs[1][i] + size : call.inputs[1][i];
      call.outputs[0][i] = index >= 0 && index < size
                               ? call.inputs[0][bases[i] + static_cast<std::int64_t>(index) * step]
                               : std::numeric_limits<float>::quiet_NaN();
    }
  };
}

// The place of the extreme element along an axis, the first or the last of equal ones.
template <typename Better>
Kernel extreme_place(const Binding& binding, Better better) {
  const Shape& in = binding.inputs[0];
  const auto axis = static_cast<std::ptrdiff_t>(
      graph::normalized_axis(binding.node, graph::attribute_int(binding.node, "axis", 0),
                             static_cast<std::int64_t>(in.size())));
  const bool last = graph::attribute_int(binding.node, "select_last_index", 0) != 0;
  const std::int64_t size = in[static_cast<std::size_t>(axis)];
  const std::int64_t inner = element_count(Shape(in.begin() + axis + 1, in.end()));
  const std::int64_t outputs = element_count(binding.outputs[0]);
  if (size == 0) binding.unsupported("an axis of no elements");
  return [=](const Call& call) {
    for (std::int64_t o = 0; o < outputs; ++o) {
      const float* x = call.inputs[0] + o / inner * size * inner + o % inner;
      std::int64_t found = 0;
      for (std::int64_t i = 1; i < size; ++i) {
        if (better(x[i * inner], x[found * inner]) || (last && x[i * inner] == x[found * inner])) {
          found = i;
        }
      }
      call.outputs[0][o] = static_cast<float>(found);
    }
  };
}

Kernel arg_max(const Binding& binding) {
  return extreme_place(binding, [](float a, float b) { return a > b; });
}
Kernel arg_min(const Binding& binding) {
  return extreme_place(binding, [](float a, float b) { return a < b; });
}

constexpr OperatorRow kRows[] = {
    {.op_type = "ArgMax", .make = arg_max, .integers = true},
    {.op_type = "ArgMin", .make = arg_min, .integers = true},
    {.op_type = "DepthToSpace", .make = depth_to_space, .integers = true},
    {.op_type = "GatherElements",
     .make = gather_elements,
     .reads_constants = true,
     .integers = true},
    {.op_type = "SpaceToDepth", .make = space_to_depth, .integers = true},
    {.op_type = "Tile", .make = tile, .integers = true},
};

}  // namespace

std::span<const OperatorRow> rearrangement_rows() { return kRows; }

}  // namespace gcompress::engine
