// Small values computed along with the shapes.
#include "gcompress/core/graph/shape_rules/fold.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "gcompress/core/graph/operators/movement.h"
#include "gcompress/core/graph/operators/reduction.h"

namespace gcompress::graph {
namespace {

using Elements = std::vector<Element>;
using Index = std::vector<std::int64_t>;

std::int64_t count_of(const Shape& shape) {
  std::int64_t count = 1;
  for (const std::int64_t size : shape) count *= size;
  return count;
}

// Calls visit(index) for every place of a small shape, in row-major order.
template <typename Visit>
void for_each_index(const Shape& shape, Visit&& visit) {
  Index index(shape.size(), 0);
  for (std::int64_t left = count_of(shape); left > 0; --left) {
    visit(index);
    for (std::size_t axis = shape.size(); axis-- > 0;) {
      if (++index[axis] < shape[axis]) break;
      index[axis] = 0;
    }
  }
}

// The element at an index, axes of size 1 and missing leading axes broadcast.
const Element& at(const SmallValue& value, const Index& index) {
  std::int64_t offset = 0;
  const std::size_t skipped = index.size() - value.shape.size();
  for (std::size_t axis = 0; axis < value.shape.size(); ++axis) {
    offset = offset * value.shape[axis] + (value.shape[axis] == 1 ? 0 : index[axis + skipped]);
  }
  return value.elements[static_cast<std::size_t>(offset)];
}

// --- Elementwise -------------------------------------------------------------------------------

Element unary(const std::string& op, const Element& x, bool real) {
  if (!x.known) return {};
  if (op == "Neg") return real ? Element::of_real(-x.real) : Element::of(0 - x.integer);
  if (op == "Abs")
    return real ? Element::of_real(std::abs(x.real)) : Element::of(std::abs(x.integer));
  if (op == "Not") return Element::of(x.integer == 0 ? 1 : 0);
  if (!real) return {};
  if (op == "Floor") return Element::of_real(std::floor(x.real));
  if (op == "Ceil") return Element::of_real(std::ceil(x.real));
  if (op == "Round") return Element::of_real(std::nearbyint(x.real));
  if (op == "Sqrt") return Element::of_real(std::sqrt(x.real));
  if (op == "Reciprocal") return Element::of_real(1 / x.real);
  return {};
}

Element real_binary(const std::string& op, double x, double y) {
  if (op == "Add") return Element::of_real(x + y);
  if (op == "Sub") return Element::of_real(x - y);
  if (op == "Mul") return Element::of_real(x * y);
  if (op == "Div") return Element::of_real(x / y);
  if (op == "Max") return Element::of_real(std::max(x, y));
  if (op == "Min") return Element::of_real(std::min(x, y));
  if (op == "Pow") return Element::of_real(std::pow(x, y));
  if (op == "Equal") return Element::of(x == y ? 1 : 0);
  if (op == "Less") return Element::of(x < y ? 1 : 0);
  if (op == "LessOrEqual") return Element::of(x <= y ? 1 : 0);
  if (op == "Greater") return Element::of(x > y ? 1 : 0);
  if (op == "GreaterOrEqual") return Element::of(x >= y ? 1 : 0);
  return {};
}

Element integer_binary(const std::string& op, std::int64_t x, std::int64_t y) {
  std::int64_t result = 0;
  if (op == "Add") return __builtin_add_overflow(x, y, &result) ? Element{} : Element::of(result);
  if (op == "Sub") return __builtin_sub_overflow(x, y, &result) ? Element{} : Element::of(result);
  if (op == "Mul") return __builtin_mul_overflow(x, y, &result) ? Element{} : Element::of(result);
  // -1 is left out because the smallest integer has no negative.
  if (op == "Div") return y == 0 || y == -1 ? Element{} : Element::of(x / y);
  if (op == "Mod") {
    if (y == 0 || y == -1) return {};
    const std::int64_t rest = x % y;
    return Element::of(rest != 0 && (rest < 0) != (y < 0) ? rest + y : rest);
  }
  if (op == "Max") return Element::of(std::max(x, y));
  if (op == "Min") return Element::of(std::min(x, y));
  if (op == "Equal") return Element::of(x == y ? 1 : 0);
  if (op == "Less") return Element::of(x < y ? 1 : 0);
  if (op == "LessOrEqual") return Element::of(x <= y ? 1 : 0);
  if (op == "Greater") return Element::of(x > y ? 1 : 0);
  if (op == "GreaterOrEqual") return Element::of(x >= y ? 1 : 0);
  if (op == "And") return Element::of(x != 0 && y != 0 ? 1 : 0);
  if (op == "Or") return Element::of(x != 0 || y != 0 ? 1 : 0);
  return {};
}

Element binary(const std::string& op, const Element& x, const Element& y, bool real) {
  if (x.known && y.known) {
    return real ? real_binary(op, x.real, y.real) : integer_binary(op, x.integer, y.integer);
  }
  if (real) return {};
  // What leaves a symbol as it is.
  const bool one = op == "Mul" || op == "Div";
  const bool zero = op == "Add" || op == "Sub";
  const auto is = [](const Element& element, std::int64_t value) {
    return element.known && element.integer == value;
  };
  if ((one && is(y, 1)) || (zero && is(y, 0))) return x;
  if ((op == "Mul" && is(x, 1)) || (op == "Add" && is(x, 0))) return y;
  return {};
}

constexpr std::array kUnary = {"Neg", "Abs", "Not", "Floor", "Ceil", "Round", "Sqrt", "Reciprocal"};
constexpr std::array kBinary = {"Add",   "Sub",  "Mul",         "Div",     "Mod",
                                "Max",   "Min",  "Pow",         "And",     "Or",
                                "Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual"};

template <std::size_t size>
bool contains(const std::array<const char*, size>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Elements fold_elementwise(const RuleContext& context, const Shape& shape) {
  const std::string& op = context.node().op_type;
  const bool real = is_floating(context.dtype(0));
  Elements result;
  for_each_index(shape, [&](const Index& index) {
    const Element& first = at(*context.small(0), index);
    if (op == "Where") {
      result.push_back(!first.known ? Element{} : at(*context.small(first.integer ? 1 : 2), index));
    } else if (context.input_count() == 1 && contains(kUnary, op)) {
      result.push_back(unary(op, first, real));
    } else {
      Element total = first;
      for (std::size_t i = 1; i < context.input_count(); ++i) {
        total = binary(op, total, at(*context.small(i), index), real);
      }
      result.push_back(total);
    }
  });
  return result;
}

Elements fold_cast(const SmallValue& input, DataType to) {
  Elements result;
  for (const Element& element : input.elements) {
    if (is_floating(input.dtype) == is_floating(to)) {
      result.push_back(element);
    } else if (!element.known) {
      result.emplace_back();
    } else if (is_floating(to)) {
      result.push_back(Element::of_real(static_cast<double>(element.integer)));
    } else if (std::abs(element.real) < 9.0e18) {
      result.push_back(Element::of(static_cast<std::int64_t>(element.real)));
    } else {
      result.emplace_back();
    }
    if (to == DataType::kBool && result.back().known) {
      const bool is_true = is_floating(input.dtype) ? element.real != 0 : element.integer != 0;
      result.back() = Element::of(is_true ? 1 : 0);
    }
  }
  return result;
}

// --- Movement ----------------------------------------------------------------------------------

std::optional<Elements> fold_gather(const RuleContext& context, const Shape& shape) {
  const SmallValue& data = *context.small(0);
  const SmallValue& indices = *context.small(1);
  const auto axis = static_cast<std::size_t>(
      normalized_axis(context.node(), attribute_int(context.node(), "axis", 0),
                      static_cast<std::int64_t>(data.shape.size())));
  const std::size_t index_rank = indices.shape.size();
  Elements result;
  bool inside = true;
  for_each_index(shape, [&](const Index& index) {
    const auto split = index.begin() + static_cast<std::ptrdiff_t>(axis);
    const auto rest = split + static_cast<std::ptrdiff_t>(index_rank);
    const Element& chosen = at(indices, Index(split, rest));
    Index source(index.begin(), split);
    const std::int64_t size = data.shape[axis];
    const std::int64_t place = chosen.integer < 0 ? chosen.integer + size : chosen.integer;
    inside = inside && chosen.known && place >= 0 && place < size;
    if (!inside) return;
    source.push_back(place);
    source.insert(source.end(), rest, index.end());
    result.push_back(at(data, source));
  });
  return inside ? std::optional(std::move(result)) : std::nullopt;
}

std::optional<Elements> fold_slice(const RuleContext& context, const Shape& shape) {
  const SmallValue& data = *context.small(0);
  const SliceParameters slice =
      slice_parameters(context.node(), context.opset(), context.constant());
  if (!slice.known()) return std::nullopt;
  const auto axes = normalized_axes(context.node(), slice.axes.values,
                                    static_cast<std::int64_t>(data.shape.size()));
  std::vector<SliceRange> ranges(data.shape.size());
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const auto axis = static_cast<std::size_t>(axes[i]);
    ranges[axis] = slice_range(context.node(), slice.starts.values[i], slice.ends.values[i],
                               slice.steps.values[i], data.shape[axis]);
  }
  Elements result;
  for_each_index(shape, [&](Index index) {
    for (std::size_t axis = 0; axis < index.size(); ++axis) {
      index[axis] = ranges[axis].start + index[axis] * ranges[axis].step;
    }
    result.push_back(at(data, index));
  });
  return result;
}

Elements fold_concat(const RuleContext& context, const Shape& shape) {
  const auto axis = static_cast<std::size_t>(
      normalized_axis(context.node(), attribute_int(context.node(), "axis", 1),
                      static_cast<std::int64_t>(shape.size())));
  Elements result;
  for_each_index(shape, [&](Index index) {
    std::size_t input = 0;
    while (index[axis] >= context.small(input)->shape[axis]) {
      index[axis] -= context.small(input)->shape[axis];
      ++input;
    }
    result.push_back(at(*context.small(input), index));
  });
  return result;
}

Elements fold_transpose(const RuleContext& context, const Shape& shape) {
  const auto permutation =
      transpose_permutation(context.node(), static_cast<std::int64_t>(shape.size()));
  Elements result;
  for_each_index(shape, [&](const Index& index) {
    Index source(index.size());
    for (std::size_t axis = 0; axis < index.size(); ++axis) {
      source[static_cast<std::size_t>(permutation[axis])] = index[axis];
    }
    result.push_back(at(*context.small(0), source));
  });
  return result;
}

std::optional<Elements> fold_split(const RuleContext& context, std::size_t output,
                                   const Shape& shape) {
  const SmallValue& data = *context.small(0);
  const SplitParameters parameters =
      split_parameters(context.node(), context.opset(), context.constant());
  if (!parameters.sizes.known) return std::nullopt;
  const auto axis = static_cast<std::size_t>(normalized_axis(
      context.node(), parameters.axis, static_cast<std::int64_t>(data.shape.size())));
  const auto sizes = split_sizes(context.node(), parameters, data.shape[axis]);
  std::int64_t start = 0;
  for (std::size_t i = 0; i < output; ++i) start += sizes[i];
  Elements result;
  for_each_index(shape, [&](Index index) {
    index[axis] += start;
    result.push_back(at(data, index));
  });
  return result;
}

// --- Made and reduced --------------------------------------------------------------------------

Elements fold_constant_of_shape(const RuleContext& context, const Shape& shape) {
  Element fill = Element::of(0);
  if (const Attribute* attribute = context.node().attribute("value")) {
    if (const auto* tensor = std::get_if<Tensor>(&attribute->data)) {
      const auto small = small_value_of(*tensor);
      fill = small && small->elements.size() == 1 ? small->elements[0] : Element{};
    }
  }
  return Elements(static_cast<std::size_t>(count_of(shape)), fill);
}

Elements fold_range(const RuleContext& context, const Shape& shape) {
  const Element& start = context.small(0)->elements[0];
  const Element& step = context.small(2)->elements[0];
  const bool real = is_floating(context.dtype(0));
  Elements result;
  for (std::int64_t i = 0; i < shape[0]; ++i) {
    result.push_back(real ? Element::of_real(start.real + static_cast<double>(i) * step.real)
                          : Element::of(start.integer + i * step.integer));
  }
  return result;
}

std::optional<Elements> fold_reduce(const RuleContext& context) {
  const SmallValue& data = *context.small(0);
  const ReduceAttributes attributes =
      reduce_attributes(context.node(), context.opset(), context.constant());
  if (!attributes.axes.known) return std::nullopt;
  const auto axes =
      reduced_axes(context.node(), attributes, static_cast<std::int64_t>(data.shape.size()));
  // Only whole reductions: others are not met in shape arithmetic.
  if (axes.size() != data.shape.size() || data.elements.empty()) return std::nullopt;
  static constexpr std::array<std::pair<const char*, const char*>, 4> kOperators = {
      {{"ReduceProd", "Mul"}, {"ReduceSum", "Add"}, {"ReduceMax", "Max"}, {"ReduceMin", "Min"}}};
  for (const auto& [reduction, op] : kOperators) {
    if (context.node().op_type != reduction) continue;
    Element total = data.elements[0];
    for (std::size_t i = 1; i < data.elements.size(); ++i) {
      total = binary(op, total, data.elements[i], is_floating(data.dtype));
    }
    return Elements{total};
  }
  return std::nullopt;
}

std::optional<Elements> fold_elements(const RuleContext& context, std::size_t output,
                                      const Shape& shape) {
  const std::string& op = context.node().op_type;
  if (op == "ConstantOfShape") return fold_constant_of_shape(context, shape);
  for (std::size_t i = 0; i < context.input_count(); ++i) {
    if (context.input(i) != nullptr && context.small(i) == nullptr) return std::nullopt;
  }
  if (context.small(0) == nullptr) return std::nullopt;
  const SmallValue& first = *context.small(0);
  if (op == "Identity" || op == "Reshape" || op == "Squeeze" || op == "Unsqueeze" ||
      op == "Flatten") {
    return first.elements;
  }
  if (op == "Cast") return fold_cast(first, context.outputs()[0].dtype);
  if (op == "Where" || contains(kUnary, op) || contains(kBinary, op)) {
    return fold_elementwise(context, shape);
  }
  if (op == "Gather") return fold_gather(context, shape);
  if (op == "Slice") return fold_slice(context, shape);
  if (op == "Concat") return fold_concat(context, shape);
  if (op == "Transpose") return fold_transpose(context, shape);
  if (op == "Split") return fold_split(context, output, shape);
  if (op == "Range") return fold_range(context, shape);
  if (op == "Expand") {
    Elements result;
    for_each_index(shape, [&](const Index& index) { result.push_back(at(first, index)); });
    return result;
  }
  if (op.starts_with("Reduce")) return fold_reduce(context);
  return std::nullopt;
}

}  // namespace

std::optional<SmallValue> fold(const RuleContext& context, std::size_t output) {
  const KnownValue& known = context.outputs()[output];
  if (known.small) return known.small;
  if (!context.node().domain.empty() || !can_be_small(known.dtype) || !known.shape) {
    return std::nullopt;
  }
  const auto shape = known_shape(*known.shape);
  if (!shape) return std::nullopt;
  std::int64_t count = 1;
  for (const std::int64_t size : *shape) {
    if (__builtin_mul_overflow(count, size, &count)) return std::nullopt;
  }
  if (count > kMostElements) return std::nullopt;
  auto elements = fold_elements(context, output, *shape);
  if (!elements || std::ssize(*elements) != count) return std::nullopt;
  return SmallValue{.dtype = known.dtype, .shape = *shape, .elements = *std::move(elements)};
}

}  // namespace gcompress::graph
