// Shapes of operators that join, cut, look up and scatter.
#include <algorithm>
#include <array>

#include "gcompress/core/graph/operators/movement.h"
#include "gcompress/core/graph/shape_rules/rule.h"

namespace gcompress::graph {
namespace {

// Joins inputs first, first + step, ... along the attribute axis.
void join(RuleContext& context, std::size_t first, std::size_t step, DataType dtype) {
  context.set_dtype(0, dtype);
  std::optional<Dimensions> output;
  std::size_t axis = 0;
  for (std::size_t i = first; i < context.input_count(); i += step) {
    const Dimensions* shape = context.shape_of_rank(i, 1);
    if (shape == nullptr) return;
    if (!output) {
      // The attribute had a default of 1 before opset 4.
      axis = static_cast<std::size_t>(normalized_axis(context.node(),
                                                      attribute_int(context.node(), "axis", 1),
                                                      static_cast<std::int64_t>(shape->size())));
      output = *shape;
      continue;
    }
    bool fits = shape->size() == output->size();
    for (std::size_t d = 0; fits && d < shape->size(); ++d) {
      Dimension& total = (*output)[d];
      if (d == axis) {
        const bool known = total.known() && (*shape)[d].known();
        total = known ? known_dimension(total.size + (*shape)[d].size) : Dimension{};
      } else if (const auto both = merged(total, (*shape)[d])) {
        total = *both;
      } else {
        fits = false;
      }
    }
    if (!fits) {
      context.fail("an input of shape " + to_string(*shape) + " cannot be joined along axis " +
                       std::to_string(axis) + " to " + to_string(*output),
                   context.input_name(i));
    }
  }
  if (output) context.set(0, dtype, *std::move(output));
}

void concat(RuleContext& context) { join(context, 0, 1, context.dtype(0)); }
// (scale, zero point, then triples of input, scale, zero point).
void qlinear_concat(RuleContext& context) { join(context, 2, 3, context.dtype(1)); }

void slice(RuleContext& context) {
  context.set_dtype(0, context.dtype(0));
  const Dimensions* input = context.shape(0);
  if (input == nullptr) return;
  const SliceParameters slice =
      slice_parameters(context.node(), context.opset(), context.constant());
  const auto rank = static_cast<std::int64_t>(input->size());
  Dimensions output = *input;
  if (!slice.axes.known || !slice.starts.known) {
    context.set(0, context.dtype(0), Dimensions(input->size()));
    return;
  }
  const auto axes = normalized_axes(context.node(), slice.axes.values, rank);
  for (std::size_t i = 0; i < axes.size(); ++i) {
    Dimension& dimension = output[static_cast<std::size_t>(axes[i])];
    if (!slice.known()) {
      dimension = {};
      continue;
    }
    const std::int64_t start = slice.starts.values[i];
    const std::int64_t end = slice.ends.values[i];
    const std::int64_t step = slice.steps.values[i];
    // All of the axis, whatever its size.
    const bool whole = start == 0 && end > kLargestDimension / 64 && step == 1;
    if (dimension.known()) {
      dimension =
          known_dimension(slice_range(context.node(), start, end, step, dimension.size).count);
    } else if (!whole) {
      dimension = {};
    }
  }
  context.set(0, context.dtype(0), std::move(output));
}

void split(RuleContext& context) {
  for (std::size_t i = 0; i < context.outputs().size(); ++i) {
    context.set_dtype(i, context.dtype(0));
  }
  const Dimensions* input = context.shape_of_rank(0, 1);
  if (input == nullptr) return;
  const SplitParameters parameters =
      split_parameters(context.node(), context.opset(), context.constant());
  const auto axis = static_cast<std::size_t>(
      normalized_axis(context.node(), parameters.axis, static_cast<std::int64_t>(input->size())));
  const Dimension& total = (*input)[axis];
  std::vector<std::int64_t> sizes;
  if (total.known() && parameters.sizes.known) {
    sizes = split_sizes(context.node(), parameters, total.size);
  } else if (parameters.sizes.given && parameters.sizes.known) {
    sizes = parameters.sizes.values;
  }
  for (std::size_t i = 0; i < context.outputs().size(); ++i) {
    Dimensions output = *input;
    output[axis] = i < sizes.size() && sizes[i] >= 0 ? known_dimension(sizes[i]) : Dimension{};
    context.set(i, context.dtype(0), std::move(output));
  }
}

void gather(RuleContext& context) {
  context.set_dtype(0, context.dtype(0));
  const Dimensions* data = context.shape_of_rank(0, 1);
  const Dimensions* indices = context.shape(1);
  if (data == nullptr || indices == nullptr) return;
  const auto axis = normalized_axis(context.node(), attribute_int(context.node(), "axis", 0),
                                    static_cast<std::int64_t>(data->size()));
  Dimensions output(data->begin(), data->begin() + axis);
  output.insert(output.end(), indices->begin(), indices->end());
  output.insert(output.end(), data->begin() + axis + 1, data->end());
  context.set(0, context.dtype(0), std::move(output));
}

void gather_elements(RuleContext& context) {
  context.set_dtype(0, context.dtype(0));
  if (const Dimensions* indices = context.shape(1)) context.set(0, context.dtype(0), *indices);
}

void gather_nd(RuleContext& context) {
  context.set_dtype(0, context.dtype(0));
  const Dimensions* data = context.shape_of_rank(0, 1);
  const Dimensions* indices = context.shape_of_rank(1, 1);
  if (data == nullptr || indices == nullptr || !indices->back().known()) return;
  const std::int64_t batch = attribute_int(context.node(), "batch_dims", 0);
  const auto rank = static_cast<std::int64_t>(data->size());
  const std::int64_t depth = indices->back().size;
  if (batch < 0 || depth > rank || batch + depth > rank) {
    context.fail(
        "indices of shape " + to_string(*indices) + " do not fit data of shape " + to_string(*data),
        context.input_name(1));
  }
  Dimensions output(indices->begin(), indices->end() - 1);
  output.insert(output.end(), data->begin() + batch + depth, data->end());
  context.set(0, context.dtype(0), std::move(output));
}

void one_hot(RuleContext& context) {
  context.set_dtype(0, context.dtype(2));
  const Dimensions* indices = context.shape(0);
  if (indices == nullptr) return;
  const auto rank = static_cast<std::int64_t>(indices->size()) + 1;
  const auto axis =
      normalized_axis(context.node(), attribute_int(context.node(), "axis", -1), rank);
  Dimension depth;
  if (const SmallValue* small = context.small(1); small != nullptr && small->elements.size() == 1) {
    const Element& element = small->elements[0];
    const std::int64_t size =
        is_floating(small->dtype) ? static_cast<std::int64_t>(element.real) : element.integer;
    if (element.known && size >= 0) depth = known_dimension(size);
  }
  Dimensions output = *indices;
  output.insert(output.begin() + axis, depth);
  context.set(0, context.dtype(2), std::move(output));
}

void non_zero(RuleContext& context) {
  context.set_dtype(0, DataType::kInt64);
  if (const Dimensions* input = context.shape(0)) {
    context.set(0, DataType::kInt64,
                {known_dimension(static_cast<std::int64_t>(input->size())), {}});
  }
}

// EyeLike, RandomNormalLike and so on: the type is an attribute or the input's.
void like_first(RuleContext& context) {
  same_as_first(context);
  const std::int64_t dtype = attribute_int(context.node(), "dtype", 0);
  if (dtype != 0) context.set_dtype(0, static_cast<DataType>(dtype));
}

void random(RuleContext& context) {
  const auto dtype = static_cast<DataType>(attribute_int(context.node(), "dtype", 1));
  context.set_dtype(0, dtype);
  const auto shape = attribute_ints(context.node(), "shape", {});
  if (std::all_of(shape.begin(), shape.end(), [](std::int64_t size) { return size >= 0; })) {
    context.set(0, dtype, known_dimensions(shape));
  }
}

// X [N, C, ...], grid [N, ..., axes].
void grid_sample(RuleContext& context) {
  context.set_dtype(0, context.dtype(0));
  const Dimensions* input = context.shape_of_rank(0, 3);
  const Dimensions* grid = context.shape_of_rank(1, 3);
  if (input == nullptr || grid == nullptr) return;
  Dimensions output = {(*input)[0], (*input)[1]};
  output.insert(output.end(), grid->begin() + 1, grid->end() - 1);
  context.set(0, context.dtype(0), std::move(output));
}

void non_max_suppression(RuleContext& context) {
  context.set(0, DataType::kInt64, {{}, known_dimension(3)});
}

constexpr std::array kRules = std::to_array<ShapeRuleRow>({
    {"Bernoulli", like_first},
    {"Concat", concat},
    {"EyeLike", like_first},
    {"Gather", gather},
    {"GatherElements", gather_elements},
    {"GatherND", gather_nd},
    {"GridSample", grid_sample},
    {"NonMaxSuppression", non_max_suppression},
    {"NonZero", non_zero},
    {"OneHot", one_hot},
    {"QLinearConcat", qlinear_concat},
    {"RandomNormal", random},
    {"RandomNormalLike", like_first},
    {"RandomUniform", random},
    {"RandomUniformLike", like_first},
    {"ReverseSequence", same_as_first},
    {"Scatter", same_as_first},
    {"ScatterElements", same_as_first},
    {"ScatterND", same_as_first},
    {"Slice", slice},
    {"Split", split},
});

}  // namespace

std::span<const ShapeRuleRow> selection_shape_rules() { return kRules; }

}  // namespace gcompress::graph
