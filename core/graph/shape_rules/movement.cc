// Shapes of operators that move, repeat, pad or make elements.
#include "gcompress/core/graph/operators/movement.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "gcompress/core/graph/shape_rules/rule.h"

namespace gcompress::graph {
namespace {

// The elements of an input that says a shape; symbols stay symbols. If not even its elements'
// symbols are followed, as many unknown ones as it has; nothing if their number is not known.
std::optional<std::vector<Element>> stated_elements(const RuleContext& context, std::size_t input) {
  if (const SmallValue* small = context.small(input)) return small->elements;
  const Dimensions* shape = context.shape(input);
  if (shape == nullptr || shape->size() != 1 || !shape->front().known() ||
      shape->front().size > kMostElements) {
    return std::nullopt;
  }
  return std::vector<Element>(static_cast<std::size_t>(shape->front().size));
}

Dimension dimension_of(const Element& element) {
  return {.size = element.known && element.integer >= 0 ? element.integer : -1,
          .symbol = element.symbol};
}

std::optional<std::vector<Element>> reshape_elements(const RuleContext& context) {
  if (context.opset() >= 5) return stated_elements(context, 1);
  std::vector<Element> elements;
  for (const std::int64_t size : attribute_ints(context.node(), "shape", {})) {
    elements.push_back(Element::of(size));
  }
  return elements;
}

void reshape(RuleContext& context) {
  context.set_dtype(0, context.dtype(0));
  const auto elements = reshape_elements(context);
  if (!elements) return;
  const Dimensions* input = context.shape(0);
  const bool zero_is_zero = attribute_int(context.node(), "allowzero", 0) != 0;
  const auto fail = [&] {
    std::vector<std::int64_t> target;
    for (const Element& element : *elements) target.push_back(element.known ? element.integer : -2);
    context.fail("an input of shape " + to_string(*input) + " cannot be reshaped to " +
                     gcompress::to_string(target),
                 context.input_name(0));
  };
  Dimensions output;
  Dimensions others;  // all but the one left open
  std::ptrdiff_t open = -1;
  for (std::size_t i = 0; i < elements->size(); ++i) {
    const Element& element = (*elements)[i];
    Dimension dimension = dimension_of(element);
    if (element.known && element.integer == 0 && !zero_is_zero) {
      if (input != nullptr && i >= input->size()) fail();
      dimension = input == nullptr ? Dimension{} : (*input)[i];
    }
    // What is neither a number nor a symbol must be what remains, as -1 is, if it is the only one.
    const bool said_open = element.known && element.integer < 0;
    if (said_open || (open < 0 && !dimension.known() && dimension.symbol.empty())) {
      open = static_cast<std::ptrdiff_t>(i);
    }
    output.push_back(dimension);
  }
  for (std::size_t i = 0; i < output.size(); ++i) {
    if (static_cast<std::ptrdiff_t>(i) != open) others.push_back(output[i]);
  }
  if (input != nullptr) {
    const auto rest = quotient(*input, others);
    if (!rest || (open < 0 && rest->known() && rest->size != 1)) fail();
    if (open >= 0) output[static_cast<std::size_t>(open)] = *rest;
  }
  context.set(0, context.dtype(0), std::move(output));
}

void transpose(RuleContext& context) {
  context.set_dtype(0, context.dtype(0));
  const Dimensions* input = context.shape(0);
  if (input == nullptr) return;
  Dimensions output;
  for (const std::int64_t axis :
       transpose_permutation(context.node(), static_cast<std::int64_t>(input->size()))) {
    output.push_back((*input)[static_cast<std::size_t>(axis)]);
  }
  context.set(0, context.dtype(0), std::move(output));
}

void squeeze(RuleContext& context) {
  context.set_dtype(0, context.dtype(0));
  const Dimensions* input = context.shape(0);
  const IntList axes = squeeze_axes(context.node(), context.opset(), context.constant());
  if (input == nullptr || !axes.known) return;
  const auto dropped =
      normalized_axes(context.node(), axes.values, static_cast<std::int64_t>(input->size()));
  Dimensions output;
  for (std::size_t i = 0; i < input->size(); ++i) {
    const Dimension& dimension = (*input)[i];
    const bool named =
        std::find(dropped.begin(), dropped.end(), static_cast<std::int64_t>(i)) != dropped.end();
    if (named && dimension.known() && dimension.size != 1) {
      context.fail("axis " + std::to_string(i) + " of an input of shape " + to_string(*input) +
                       " cannot be squeezed",
                   context.input_name(0));
    }
    // Without axes, what is not known might vanish.
    if (!axes.given && !dimension.known()) return;
    if (axes.given ? !named : dimension.size != 1) output.push_back(dimension);
  }
  context.set(0, context.dtype(0), std::move(output));
}

void unsqueeze(RuleContext& context) {
  context.set_dtype(0, context.dtype(0));
  const Dimensions* input = context.shape(0);
  const IntList axes = unsqueeze_axes(context.node(), context.opset(), context.constant());
  if (input == nullptr || !axes.known) return;
  const std::size_t rank = input->size() + axes.values.size();
  const auto added = normalized_axes(context.node(), axes.values, static_cast<std::int64_t>(rank));
  Dimensions output;
  auto next = input->begin();
  for (std::size_t i = 0; i < rank; ++i) {
    const bool is_new =
        std::find(added.begin(), added.end(), static_cast<std::int64_t>(i)) != added.end();
    output.push_back(is_new ? known_dimension(1) : *next++);
  }
  context.set(0, context.dtype(0), std::move(output));
}

void flatten(RuleContext& context) {
  context.set_dtype(0, context.dtype(0));
  const Dimensions* input = context.shape(0);
  if (input == nullptr) return;
  const auto axis = flatten_axis(context.node(), static_cast<std::int64_t>(input->size()));
  context.set(0, context.dtype(0),
              {product({input->begin(), input->begin() + axis}),
               product({input->begin() + axis, input->end()})});
}

void expand(RuleContext& context) {
  context.set_dtype(0, context.dtype(0));
  const Dimensions* input = context.shape(0);
  const auto elements = stated_elements(context, 1);
  if (input == nullptr || !elements) return;
  Dimensions target;
  for (const Element& element : *elements) target.push_back(dimension_of(element));
  const auto output = broadcast(*input, target);
  if (!output) {
    context.fail(
        "an input of shape " + to_string(*input) + " cannot be expanded to " + to_string(target),
        context.input_name(0));
  }
  context.set(0, context.dtype(0), *output);
}

void tile(RuleContext& context) {
  context.set_dtype(0, context.dtype(0));
  const Dimensions* input = context.shape(0);
  const auto repeats = stated_elements(context, 1);
  if (input == nullptr || !repeats || context.opset() < 6) return;
  if (repeats->size() != input->size()) {
    context.fail("Tile has " + std::to_string(repeats->size()) + " repeats for an input of shape " +
                     to_string(*input),
                 context.input_name(1));
  }
  Dimensions output;
  for (std::size_t i = 0; i < input->size(); ++i) {
    const Dimension times = dimension_of((*repeats)[i]);
    output.push_back(times.size == 1 ? (*input)[i] : product({(*input)[i], times}));
  }
  context.set(0, context.dtype(0), std::move(output));
}

void pad(RuleContext& context) {
  context.set_dtype(0, context.dtype(0));
  const Dimensions* input = context.shape(0);
  if (input == nullptr) return;
  const PadParameters parameters =
      pad_parameters(context.node(), context.opset(), context.constant());
  if (!parameters.known()) {
    context.set(0, context.dtype(0), Dimensions(input->size()));
    return;
  }
  const auto rank = input->size();
  const auto pads = pads_of_all_axes(context.node(), parameters, static_cast<std::int64_t>(rank));
  Dimensions output = *input;
  for (std::size_t i = 0; i < rank; ++i) {
    if (pads[i] == 0 && pads[i + rank] == 0) continue;
    if (!output[i].known()) {
      output[i] = {};
      continue;
    }
    std::int64_t size = output[i].size;
    if (__builtin_add_overflow(size, pads[i], &size) ||
        __builtin_add_overflow(size, pads[i + rank], &size) || size < 0) {
      context.fail("the pads " + gcompress::to_string(pads) + " do not fit an input of shape " +
                       to_string(*input),
                   context.input_name(0));
    }
    output[i] = known_dimension(size);
  }
  context.set(0, context.dtype(0), std::move(output));
}

// The slice of axes that Shape gives: [start, end).
std::pair<std::size_t, std::size_t> shape_range(const Node& node, std::size_t rank) {
  const auto clamped = [&](const char* name, std::int64_t fallback) {
    std::int64_t value = attribute_int(node, name, fallback);
    const auto size = static_cast<std::int64_t>(rank);
    if (value < 0 && value >= -size) value += size;
    return static_cast<std::size_t>(std::clamp<std::int64_t>(value, 0, size));
  };
  const std::size_t start = clamped("start", 0);
  return {start, std::max(start, clamped("end", static_cast<std::int64_t>(rank)))};
}

void shape_of(RuleContext& context) {
  context.set_dtype(0, DataType::kInt64);
  const Dimensions* input = context.shape(0);
  if (input == nullptr) return;
  const auto [start, end] = shape_range(context.node(), input->size());
  context.set(0, DataType::kInt64, {known_dimension(static_cast<std::int64_t>(end - start))});
  if (context.outputs().empty()) return;
  SmallValue value{
      .dtype = DataType::kInt64, .shape = {static_cast<std::int64_t>(end - start)}, .elements = {}};
  for (std::size_t i = start; i < end; ++i) value.elements.push_back(Element::of((*input)[i]));
  context.outputs()[0].small = std::move(value);
}

void size_of(RuleContext& context) {
  context.set(0, DataType::kInt64, {});
  const Dimensions* input = context.shape(0);
  if (input == nullptr || context.outputs().empty()) return;
  context.outputs()[0].small = SmallValue{
      .dtype = DataType::kInt64, .shape = {}, .elements = {Element::of(product(*input))}};
}

void constant_of_shape(RuleContext& context) {
  DataType dtype = DataType::kFloat32;
  if (const Attribute* value = context.node().attribute("value")) {
    if (const auto* tensor = std::get_if<Tensor>(&value->data)) dtype = tensor->dtype();
  }
  context.set_dtype(0, dtype);
  const auto elements = stated_elements(context, 0);
  if (!elements) return;
  Dimensions output;
  for (const Element& element : *elements) {
    if (element.known && element.integer < 0) {
      context.fail("ConstantOfShape has a negative size", context.input_name(0));
    }
    output.push_back(dimension_of(element));
  }
  context.set(0, dtype, std::move(output));
}

void range(RuleContext& context) {
  context.set_dtype(0, context.dtype(0));
  Dimension count;
  double number[3] = {};
  bool known = true;
  for (std::size_t i = 0; i < 3; ++i) {
    const SmallValue* small = context.small(i);
    known = known && small != nullptr && small->elements.size() == 1 && small->elements[0].known;
    if (!known) break;
    const Element& element = small->elements[0];
    number[i] = is_floating(small->dtype) ? element.real : static_cast<double>(element.integer);
  }
  if (known) {
    const double steps = std::ceil((number[1] - number[0]) / number[2]);
    if (!(std::abs(steps) <= static_cast<double>(kLargestDimension))) {
      context.fail("the limits and step of Range give no possible size");
    }
    count = known_dimension(static_cast<std::int64_t>(std::max(0.0, steps)));
  }
  context.set(0, context.dtype(0), {count});
}

// Moves blocks of channels into space, or back.
void move_blocks(RuleContext& context, bool to_space) {
  context.set_dtype(0, context.dtype(0));
  const Dimensions* input = context.shape(0);
  if (input == nullptr) return;
  const std::int64_t block = attribute_int(context.node(), "blocksize", 1);
  if (input->size() != 4 || block < 1 || block > (1 << 12)) {
    context.fail(context.node().op_type + " with a blocksize of " + std::to_string(block) +
                 " cannot take an input of shape " + to_string(*input));
  }
  const auto scaled = [&](const Dimension& dimension, std::int64_t factor, bool up) {
    if (!dimension.known()) return factor == 1 ? dimension : Dimension{};
    if (up) return known_dimension(dimension.size * factor);
    if (dimension.size % factor != 0) {
      context.fail("the blocksize " + std::to_string(block) + " of " + context.node().op_type +
                   " does not divide an input of shape " + to_string(*input));
    }
    return known_dimension(dimension.size / factor);
  };
  const Dimensions& in = *input;
  context.set(0, context.dtype(0),
              {in[0], scaled(in[1], block * block, !to_space), scaled(in[2], block, to_space),
               scaled(in[3], block, to_space)});
}

void depth_to_space(RuleContext& context) { move_blocks(context, true); }
void space_to_depth(RuleContext& context) { move_blocks(context, false); }

constexpr std::array kRules = std::to_array<ShapeRuleRow>({
    {"ConstantOfShape", constant_of_shape},
    {"DepthToSpace", depth_to_space},
    {"Expand", expand},
    {"Flatten", flatten},
    {"Pad", pad},
    {"Range", range},
    {"Reshape", reshape},
    {"Shape", shape_of},
    {"Size", size_of},
    {"SpaceToDepth", space_to_depth},
    {"Squeeze", squeeze},
    {"Tile", tile},
    {"Transpose", transpose},
    {"Unsqueeze", unsqueeze},
});

}  // namespace

std::span<const ShapeRuleRow> movement_shape_rules() { return kRules; }

}  // namespace gcompress::graph
