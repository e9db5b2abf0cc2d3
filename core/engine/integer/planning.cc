// Planning a network on integers.
#include "gcompress/core/engine/integer/planning.h"

#include <algorithm>
#include <optional>
#include <set>

#include "gcompress/core/engine/arena.h"
#include "gcompress/core/graph/constants.h"
#include "gcompress/core/graph/operators/convolution.h"
#include "gcompress/core/graph/shapes.h"
#include "gcompress/core/graph/topology.h"

namespace gcompress::engine::integer {
namespace {

// Shapes for so many images; a network may hold one image and no more.
graph::InferredShapes shapes_for(const graph::Network& network, std::map<std::string, Shape> inputs,
                                 std::int64_t images) {
  for (const graph::Value& input : graph::runtime_inputs(network.graph)) {
    const bool fixed = input.shape && !input.shape->empty() && input.shape->front().known();
    inputs.at(input.name)[0] = fixed ? 1 : images;
  }
  return graph::infer_shapes(network, inputs);
}

// Shapes of an image, of values that hold one image after another.
void read_shapes(ImageNetwork& network, const std::map<std::string, Shape>& inputs) {
  const graph::InferredShapes one = shapes_for(*network.network, inputs, 1);
  const graph::InferredShapes two = shapes_for(*network.network, inputs, 2);
  std::set<std::string> names(network.inputs.begin(), network.inputs.end());
  names.insert(network.outputs.begin(), network.outputs.end());
  for (const PlannedStep& step : network.steps) {
    names.insert(step.step.output);
    names.insert(step.step.inputs.begin(), step.step.inputs.end());
  }
  for (const std::string& name : names) {
    const std::optional<Shape> first = graph::known_shape(one, name);
    const std::optional<Shape> second = graph::known_shape(two, name);
    const bool images = first && second && first->size() == second->size() && !first->empty() &&
                        first->front() == 1 && second->front() <= 2 &&
                        std::equal(first->begin() + 1, first->end(), second->begin() + 1);
    if (images && (first->size() == 2 || first->size() == 4)) {
      network.shapes[name] = Shape(first->begin() + 1, first->end());
    }
  }
}

// Moves an addition into the layer in front of it that nobody else reads, if the other operand is
// there by then: it is, as the layer then runs where the addition stood.
std::vector<PlannedStep> join_additions(const ImageNetwork& network) {
  const std::vector<graph::Node>& nodes = network.network->graph.nodes;
  std::map<std::string, int> readers;
  for (const PlannedStep& planned : network.steps) {
    for (const std::string& input : planned.step.inputs) ++readers[input];
  }
  std::vector<PlannedStep> steps;
  for (const PlannedStep& planned : network.steps) {
    const graph::CodeStep& step = planned.step;
    const bool adds = step.kind == graph::CodeStep::Kind::kOperator && step.gives_codes &&
                      nodes[step.node].op_type == "Add" && step.inputs.size() == 2 &&
                      network.shapes.at(step.inputs[0]) == network.shapes.at(step.inputs[1]);
    const auto joins = [&](const PlannedStep& before) {
      const StepRow* row = before.step.kind == graph::CodeStep::Kind::kOperator
                               ? find_row(nodes[before.step.node].op_type)
                               : nullptr;
      return row != nullptr && row->is_layer && before.step.gives_codes && before.added.empty() &&
             step.inputs[0] == before.step.output && readers[step.inputs[0]] == 1;
    };
    const auto layer = adds ? std::ranges::find_if(steps, joins) : steps.end();
    if (layer == steps.end()) {
      steps.push_back({.step = step});
      continue;
    }
    PlannedStep joined = std::move(*layer);
    steps.erase(layer);
    joined.own = network.codes.at(joined.step.output);
    joined.added = step.inputs[1];
    joined.add_low = step.low;
    joined.add_high = step.high;
    joined.step.output = step.output;
    steps.push_back(std::move(joined));
  }
  return steps;
}

// What is rounded is rounded into the shape that it is given next, where that keeps the order of
// elements and nobody else reads it.
std::vector<PlannedStep> join_reshapes(const ImageNetwork& network) {
  const auto reshapes = [&](const graph::CodeStep& step) {
    const std::string& op_type = network.network->graph.nodes[step.node].op_type;
    const bool known = op_type == "Flatten" || op_type == "Reshape" || op_type == "Squeeze" ||
                       op_type == "Unsqueeze";
    return step.kind == graph::CodeStep::Kind::kOperator && known && step.gives_codes &&
           step.low == 0 && step.high == 255 &&
           network.codes.at(step.inputs[0]) == network.codes.at(step.output);
  };
  std::map<std::string, int> readers;
  for (const PlannedStep& planned : network.steps) {
    for (const std::string& input : planned.step.inputs) ++readers[input];
  }
  std::vector<PlannedStep> steps;
  for (const PlannedStep& planned : network.steps) {
    const auto rounds = std::ranges::find_if(steps, [&](const PlannedStep& before) {
      return before.step.kind == graph::CodeStep::Kind::kQuantize &&
             before.step.output == planned.step.inputs[0];
    });
    if (rounds != steps.end() && reshapes(planned.step) && readers[planned.step.inputs[0]] == 1) {
      rounds->step.output = planned.step.output;
    } else {
      steps.push_back(planned);
    }
  }
  return steps;
}

struct Size {
  std::int64_t height = 1, width = 1;
  auto operator<=>(const Size&) const = default;
};

Size size_of(const Shape& shape) {
  return shape.size() == 3 ? Size{.height = shape[1], .width = shape[2]} : Size{};
}

// Makes the plan of one number of lanes; lives only while it does.
class LanePlanner {
 public:
  LanePlanner(const ImageNetwork& network, std::int64_t lanes, std::vector<Refusal>& refusals)
      : network_(network), scope_(network.network->graph, {}), refusals_(refusals) {
    plan_.lanes = lanes;
  }

  LanePlan make() {
    for (const PlannedStep& step : network_.steps) widen_frames(step);
    for (const PlannedStep& step : network_.steps) add_step(step);
    place();
    for (const std::string& name : network_.inputs) {
      plan_.input_elements.push_back(element_count(network_.shapes.at(name)));
    }
    for (const std::string& name : network_.outputs) {
      plan_.output_elements.push_back(element_count(network_.shapes.at(name)));
    }
    return std::move(plan_);
  }

 private:
  const graph::Node& node_of(const PlannedStep& step) const {
    return network_.network->graph.nodes[step.step.node];
  }

  // Values of a size get gaps as wide as some layer looks beyond the image that reads them where
  // they lie: one that keeps the size, or one with a filter a channel.
  void widen_frames(const PlannedStep& step) {
    const graph::Node& node = node_of(step);
    if (node.op_type != "Conv" || !step.step.weight || step.step.weight->values.rank() != 4) return;
    const Size in = size_of(network_.shapes.at(step.step.inputs[0]));
    const Size out = size_of(network_.shapes.at(step.step.output));
    const Shape& kernel = step.step.weight->values.shape();
    const graph::ConvAttributes attributes = graph::conv_attributes(node, {kernel[2], kernel[3]});
    const bool depthwise = attributes.group > 1 && attributes.group == kernel[0] && kernel[1] == 1;
    if (in != out && !depthwise) return;
    const graph::Window& window = attributes.window;
    const std::vector<std::int64_t> pads = graph::resolve_pads(window, {in.height, in.width});
    const auto reach = [&](std::size_t axis, std::int64_t from, std::int64_t to) {
      const std::int64_t end = (to - 1) * window.strides[axis] +
                               (window.kernel[axis] - 1) * window.dilations[axis] - pads[axis];
      return std::max(pads[axis], end - (from - 1));
    };
    Size& gap = gaps_.try_emplace(in, Size{.height = 0, .width = 0}).first->second;
    gap.height = std::max(gap.height, reach(0, in.height, out.height));
    gap.width = std::max(gap.width, reach(1, in.width, out.width));
  }

  CodeValue value_of(const std::string& name) {
    const Shape& shape = network_.shapes.at(name);
    const Size size = size_of(shape);
    const auto gap = gaps_.find(size);
    // Numbers that leave have no frame where it would lie between their rows.
    const bool framed = gap != gaps_.end() && (plan_.lanes == 1 || network_.codes.contains(name));
    const Size gaps = framed ? gap->second : Size{.height = 0, .width = 0};
    CodeValue value{
        .channels = shape[0], .height = size.height, .width = size.width, .lanes = plan_.lanes};
    value.frame =
        make_frame(size.height, size.width, gaps.height, gaps.width, plan_.lanes, value.quads());
    if (const auto type = network_.codes.find(name); type != network_.codes.end()) {
      value.type = type->second;
    }
    return value;
  }

  // A block that lives from this step on.
  std::size_t reserve(std::int64_t bytes) {
    const std::size_t step = plan_.steps.size();
    lives_.push_back({.elements = (bytes + 3) / 4, .first = step, .last = step});
    return lives_.size() - 1;
  }

  CodeValue read(const std::string& name) {
    CodeValue value = value_of(name);
    value.place = places_.at(name);
    lives_[value.place].last = plan_.steps.size();
    return value;
  }

  Work make_work(const PlannedStep& step, const Binding& binding) const {
    switch (step.step.kind) {
      case graph::CodeStep::Kind::kQuantize:
        return make_quantize(binding);
      case graph::CodeStep::Kind::kDequantize:
        return make_dequantize(binding);
      case graph::CodeStep::Kind::kOperator:
        break;
    }
    const StepRow* row = find_row(binding.node.op_type);
    if (row == nullptr) binding.unsupported("no integer kernel");
    if (!step.step.gives_codes && !row->is_layer) binding.unsupported("an output that is no code");
    return row->make(binding);
  }

  static std::size_t place_in(const std::vector<std::string>& names, const std::string& name) {
    return static_cast<std::size_t>(std::ranges::find(names, name) - names.begin());
  }

  void add_step(const PlannedStep& planned) {
    const graph::CodeStep& step = planned.step;
    Binding binding{.node = node_of(planned),
                    .opset = network_.network->opset(),
                    .step = step,
                    .out_shape = network_.shapes.at(step.output),
                    .lanes = plan_.lanes};
    binding.constant = [this](const std::string& name) -> const Tensor* {
      const Tensor tensor = scope_.constant(name);
      return tensor.defined() ? &(constants_[name] = tensor) : nullptr;
    };
    binding.reserve = [this](std::int64_t bytes) { return reserve(bytes); };
    for (const std::string& input : step.inputs) {
      binding.in_shapes.push_back(network_.shapes.at(input));
      if (step.kind != graph::CodeStep::Kind::kQuantize) binding.inputs.push_back(read(input));
    }
    if (!planned.added.empty()) {
      binding.addition = Addition{.other = read(planned.added),
                                  .sum = network_.codes.at(step.output),
                                  .own = planned.own,
                                  .low = planned.add_low,
                                  .high = planned.add_high};
    }
    binding.output = value_of(step.output);
    binding.external = step.kind == graph::CodeStep::Kind::kQuantize
                           ? place_in(network_.inputs, step.inputs[0])
                           : place_in(network_.outputs, step.output);
    if (step.gives_codes) {
      binding.output.place = reserve(binding.output.bytes());
      places_[step.output] = binding.output.place;
    }
    try {
      plan_.steps.push_back(make_work(planned, binding));
      note_facts(planned);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kUnsupported) throw;
      refusals_.push_back({.node = step.node, .why = error.message()});
      plan_.steps.emplace_back();
    }
  }

  void note_facts(const PlannedStep& planned) {
    const bool is_operator = planned.step.kind == graph::CodeStep::Kind::kOperator;
    StepFacts facts{.node = is_operator ? graph::label_of(node_of(planned)) : planned.step.output,
                    .op_type = is_operator ? node_of(planned).op_type : std::string(),
                    .kernel = {.name = plan_.steps.back().kernel}};
    if (!is_operator) {
      const bool rounds = planned.step.kind == graph::CodeStep::Kind::kQuantize;
      facts.kernel.name = rounds ? "numbers to codes" : "codes to numbers";
    }
    if (const auto& weight = planned.step.weight) {
      const std::vector<std::int64_t> values = to_int64(weight->values);
      const Shape& out = network_.shapes.at(planned.step.output);
      const std::int64_t places =
          out.size() == 3 ? out[1] * out[2] : 1;  // each multiplies by all weights
      facts.kernel.weights = static_cast<std::int64_t>(values.size());
      facts.kernel.multiplications = places * facts.kernel.weights;
      facts.kernel.taps = facts.kernel.weights - std::ranges::count(values, 0);
    }
    plan_.facts.push_back(std::move(facts));
  }

  void place() {
    const Arena arena = lay_out(lives_);
    for (const std::int64_t offset : arena.offsets) {
      plan_.offsets.push_back(static_cast<std::size_t>(4 * offset));
    }
    plan_.bytes = static_cast<std::size_t>(4 * arena.elements);
  }

  const ImageNetwork& network_;
  graph::ValueScope scope_;
  LanePlan plan_;
  std::map<Size, Size> gaps_;  // by size of the image
  std::map<std::string, std::size_t> places_;
  std::vector<Lifetime> lives_;
  std::map<std::string, Tensor> constants_;
  std::vector<Refusal>& refusals_;
};

}  // namespace

ImageNetwork read_image_network(const graph::Network& network, const graph::CodeNetwork& codes,
                                const Piece& piece, const std::map<std::string, Shape>& inputs,
                                std::vector<Refusal>& refusals) {
  ImageNetwork read{
      .network = &network, .codes = codes.codes, .inputs = piece.inputs, .outputs = piece.outputs};
  for (const graph::CodeStep& step : piece.steps) read.steps.push_back({.step = step});
  read_shapes(read, inputs);
  const auto known = [&read](const std::string& name) { return read.shapes.contains(name); };
  for (const graph::CodeStep& step : piece.steps) {
    if (step.kind != graph::CodeStep::Kind::kOperator) continue;
    if (known(step.output) && std::ranges::all_of(step.inputs, known)) continue;
    refusals.push_back({.node = step.node, .why = "values that are no vectors or images"});
  }
  if (!refusals.empty()) return read;
  read.steps = join_reshapes(read);
  read.steps = join_additions(read);
  return read;
}

LanePlan plan_lanes(const ImageNetwork& network, std::int64_t lanes,
                    std::vector<Refusal>& refusals) {
  return LanePlanner(network, lanes, refusals).make();
}

}  // namespace gcompress::engine::integer
