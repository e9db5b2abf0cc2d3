// Slices in the place of splits.
#include "gcompress/core/engine/prepare.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "gcompress/core/graph/batch_norm.h"
#include "gcompress/core/graph/constants.h"
#include "gcompress/core/graph/operators/movement.h"
#include "gcompress/core/graph/rewriting.h"
#include "gcompress/core/graph/shapes.h"

namespace gcompress::engine {
namespace {

class Splits {
 public:
  explicit Splits(graph::Network& network)
      : network_(network), shapes_(graph::infer_shapes(network)), names_(network.graph) {
    for (const graph::Initializer& tensor : network.graph.initializers) {
      constants_[tensor.name] = tensor.value;
    }
    for (const auto& [name, value] : shapes_) {
      if (value.constant.defined()) constants_.emplace(name, value.constant);
    }
  }

  void replace() {
    std::vector<graph::Node> nodes;
    for (graph::Node& node : network_.graph.nodes) {
      if (node.op_type != "Split" || !node.domain.empty() || !slice(node, nodes)) {
        nodes.push_back(std::move(node));
      }
    }
    network_.graph.nodes = std::move(nodes);
  }

 private:
  // False where sizes are not known.
  bool slice(const graph::Node& node, std::vector<graph::Node>& nodes) {
    const graph::SplitParameters parameters = graph::split_parameters(
        node, network_.opset(), [this](const std::string& name) -> const Tensor* {
          const auto found = constants_.find(name);
          return found == constants_.end() ? nullptr : &found->second;
        });
    const auto input = shapes_.find(node.inputs[0]);
    if (!parameters.sizes.known || input == shapes_.end() || !input->second.shape) return false;
    const auto& shape = *input->second.shape;
    const std::int64_t axis =
        graph::normalized_axis(node, parameters.axis, static_cast<std::int64_t>(shape.size()));
    const graph::Dimension& dimension = shape[static_cast<std::size_t>(axis)];
    if (!dimension.known()) return false;
    const std::vector<std::int64_t> sizes = graph::split_sizes(node, parameters, dimension.size);
    std::int64_t begin = 0;
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
      const std::int64_t end = begin + sizes[i];
      if (!node.outputs[i].empty()) nodes.push_back(piece(node, node.outputs[i], begin, end, axis));
      begin = end;
    }
    return true;
  }

  graph::Node piece(const graph::Node& split, const std::string& output, std::int64_t begin,
                    std::int64_t end, std::int64_t axis) {
    using Numbers = std::vector<std::int64_t>;
    const std::string name = split.name.empty() ? output : split.name + "/" + output;
    if (network_.opset() < 10) {
      return graph::make_node("Slice", name, {split.inputs[0]}, {output},
                              {graph::make_attribute("starts", Numbers{begin}),
                               graph::make_attribute("ends", Numbers{end}),
                               graph::make_attribute("axes", Numbers{axis})});
    }
    return graph::make_node("Slice", name,
                            {split.inputs[0], constant(output + ".start", begin),
                             constant(output + ".end", end), constant(output + ".axis", axis)},
                            {output});
  }

  std::string constant(const std::string& wanted, std::int64_t value) {
    const std::string name = names_.take(wanted);
    network_.graph.initializers.push_back(
        {.name = name, .value = Tensor::from<std::int64_t>({1}, {value}), .opaque = {}});
    return name;
  }

  graph::Network& network_;
  graph::InferredShapes shapes_;
  graph::NewNames names_;
  std::map<std::string, Tensor> constants_;
};

}  // namespace

graph::Network prepared(const graph::Network& network) {
  graph::Network made = graph::fold_batch_norms(network);
  for (const graph::Node& node : made.graph.nodes) {
    if (node.op_type != "Split" || !node.domain.empty()) continue;
    Splits(made).replace();
    break;
  }
  return made;
}

}  // namespace gcompress::engine
