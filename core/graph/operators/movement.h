// Parameters of operators that move elements: Reshape, Transpose, Squeeze, Unsqueeze, Flatten,
// Slice, Split, Pad, Cast.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gcompress/core/graph/operators/parameters.h"

namespace gcompress::graph {

IntList squeeze_axes(const Node& node, std::int64_t opset, const ConstantLookup& constant);
IntList unsqueeze_axes(const Node& node, std::int64_t opset, const ConstantLookup& constant);

// 0 copies the input's dimension unless `zero_is_zero`; -1 stands for what remains.
struct ReshapeTarget {
  IntList shape;
  bool zero_is_zero = false;  // allowzero
};
ReshapeTarget reshape_target(const Node& node, std::int64_t opset, const ConstantLookup& constant);

// The shape that a target gives to an input of this shape. Throws Error(kInput) if it does not fit.
Shape reshaped_shape(const Node& node, const ReshapeTarget& target, const Shape& input);

// Output axis i is input axis perm[i]; the default reverses. Throws Error(kInput) if the attribute
// is no permutation of 0..rank-1.
std::vector<std::int64_t> transpose_permutation(const Node& node, std::int64_t rank);

std::int64_t flatten_axis(const Node& node, std::int64_t rank);  // 0..rank

// Axes and steps spelled out where starts are known. Ends may exceed the input: see slice_range.
struct SliceParameters {
  IntList starts;
  IntList ends;
  IntList axes;
  IntList steps;
  bool known() const { return starts.known && ends.known && axes.known && steps.known; }
};
SliceParameters slice_parameters(const Node& node, std::int64_t opset,
                                 const ConstantLookup& constant);

// One axis of a slice on an input of `size`: the clamped start and the number of elements.
struct SliceRange {
  std::int64_t start = 0;
  std::int64_t step = 1;
  std::int64_t count = 0;
};
SliceRange slice_range(const Node& node, std::int64_t start, std::int64_t end, std::int64_t step,
                       std::int64_t size);

struct SplitParameters {
  std::int64_t axis = 0;
  IntList sizes;  // not given: equal parts, the last smaller (opset 18) if they do not divide
};
SplitParameters split_parameters(const Node& node, std::int64_t opset,
                                 const ConstantLookup& constant);
// Sizes of the outputs for an input of `size` along the axis; parameters must be known.
std::vector<std::int64_t> split_sizes(const Node& node, const SplitParameters& parameters,
                                      std::int64_t size);

enum class PadMode { kConstant, kReflect, kEdge, kWrap };
struct PadParameters {
  PadMode mode = PadMode::kConstant;
  IntList pads;  // beginnings, then ends, of `axes` or of all axes
  IntList axes;  // since opset 18
  FloatParameter value;
  bool known() const { return pads.known && axes.known; }
};
PadParameters pad_parameters(const Node& node, std::int64_t opset, const ConstantLookup& constant);
// Beginnings of every axis, then ends. Parameters must be known.
std::vector<std::int64_t> pads_of_all_axes(const Node& node, const PadParameters& parameters,
                                           std::int64_t rank);

// Where the element at `place` of a padded axis comes from in the input of `size`, counted from the
// input's first; -1: from nowhere, it is filled.
std::int64_t padded_source(std::int64_t place, std::int64_t size, PadMode mode);

// The type that Cast converts to (a number; its name before opset 6).
DataType cast_type(const Node& node);

}  // namespace gcompress::graph
