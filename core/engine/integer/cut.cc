// Finding the pieces.
#include "gcompress/core/engine/integer/cut.h"

#include <algorithm>
#include <map>

#include "gcompress/core/engine/integer/step.h"

namespace gcompress::engine::integer {
namespace {

using Kind = graph::CodeStep::Kind;

// Stages alternate: even ones compute in floating point, odd ones on integers. What reads of the
// other kind belongs to a later stage.
class Cutter {
 public:
  Cutter(const graph::Network& network, graph::CodeNetwork codes)
      : network_(network), codes_(std::move(codes)) {
    for (const graph::Initializer& tensor : network.graph.initializers) {
      constants_.insert(tensor.name);
    }
    const std::vector<graph::Node>& nodes = network.graph.nodes;
    std::set<std::size_t> computing(codes_.others.begin(), codes_.others.end());
    for (const graph::CodeStep& step : codes_.steps) computing.insert(step.node);
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      const bool constant = !computing.contains(i) &&
                            std::ranges::all_of(nodes[i].inputs, [&](const std::string& input) {
                              return input.empty() || constants_.contains(input);
                            });
      if (!constant) continue;
      for (const std::string& output : nodes[i].outputs) {
        constants_.insert(output);
        constant_nodes_[output] = i;
      }
    }
  }

  CutNetwork cut() {
    step_stages_.assign(codes_.steps.size(), 1);
    node_stages_.assign(codes_.others.size(), 0);
    while (raise()) {
    }
    CutNetwork result{.codes = codes_};
    int last = 1;
    for (const int stage : step_stages_) last = std::max(last, stage);
    for (const int stage : node_stages_) last = std::max(last, stage);
    for (int stage = 0; stage <= last; ++stage) {
      Piece piece = stage % 2 == 1 ? integer_piece(stage) : float_piece(stage);
      if (!piece.outputs.empty()) result.pieces.push_back(std::move(piece));
    }
    return result;
  }

 private:
  const graph::Node& other(std::size_t i) const { return network_.graph.nodes[codes_.others[i]]; }

  // The least stage in which a reader of this kind (0: floating point, 1: integers) has the value.
  int stage_for(const std::string& value, int kind) const {
    const auto found = stages_.find(value);
    if (found == stages_.end()) return kind;  // an input of the network, or a constant
    const bool same = found->second % 2 == kind;
    return same ? found->second : found->second + 1;
  }

  // One pass over everything; true if a stage rose.
  bool raise() {
    bool rose = false;
    const auto set = [&](int& stage, int least, const std::string& output) {
      stage = std::max(stage, least);
      const auto [at, inserted] = stages_.try_emplace(output, stage);
      rose = rose || inserted || at->second != stage;
      at->second = stage;
    };
    for (std::size_t i = 0; i < codes_.steps.size(); ++i) {
      const graph::CodeStep& step = codes_.steps[i];
      int least = 1;
      for (const std::string& input : step.inputs) {
        // Numbers of an integer piece are not read within it.
        const bool numbers = step.kind == Kind::kQuantize;
        const auto made = stages_.find(input);
        const bool leaves = numbers && made != stages_.end() && made->second % 2 == 1;
        least = std::max(least, stage_for(input, 1) + (leaves ? 2 : 0));
      }
      set(step_stages_[i], least, step.output);
    }
    for (std::size_t i = 0; i < codes_.others.size(); ++i) {
      int least = 0;
      for (const std::string& input : other(i).inputs) least = std::max(least, stage_for(input, 0));
      for (const std::string& output : other(i).outputs) set(node_stages_[i], least, output);
    }
    return rose;
  }

  // Codes of an earlier piece come as numbers, and are rounded to the same codes again.
  graph::CodeStep taken_again(const std::string& codes) const {
    const graph::CodeNetwork::Numbers& numbers = codes_.numbers.at(codes);
    return {
        .kind = Kind::kQuantize, .node = numbers.node, .inputs = {numbers.value}, .output = codes};
  }

  Piece integer_piece(int stage) {
    Piece piece{.on_integers = true};
    std::vector<graph::CodeStep> operators, leaving;
    std::set<std::string> here, left;
    for (std::size_t i = 0; i < codes_.steps.size(); ++i) {
      if (step_stages_[i] != stage) continue;
      const graph::CodeStep& step = codes_.steps[i];
      here.insert(step.output);
      if (step.kind == Kind::kDequantize) left.insert(step.inputs[0]);
      auto& list = step.kind == Kind::kQuantize   ? piece.steps
                   : step.kind == Kind::kOperator ? operators
                                                  : leaving;
      list.push_back(step);
    }
    for (const graph::CodeStep& step : operators) {
      for (const std::string& input : step.inputs) {
        if (!here.contains(input)) piece.steps.push_back(taken_again(input));
        here.insert(input);
      }
    }
    // What later pieces take again leaves as numbers.
    for (std::size_t i = 0; i < codes_.steps.size(); ++i) {
      if (step_stages_[i] <= stage || codes_.steps[i].kind != Kind::kOperator) continue;
      for (const std::string& input : codes_.steps[i].inputs) {
        if (stages_.at(input) != stage || !left.insert(input).second) continue;
        const graph::CodeNetwork::Numbers& numbers = codes_.numbers.at(input);
        leaving.push_back({.kind = Kind::kDequantize,
                           .node = numbers.node,
                           .inputs = {input},
                           .output = numbers.value,
                           .gives_codes = false});
      }
    }
    for (const graph::CodeStep& step : piece.steps) piece.inputs.push_back(step.inputs[0]);
    std::ranges::sort(piece.inputs);
    piece.inputs.erase(std::ranges::unique(piece.inputs).begin(), piece.inputs.end());
    piece.steps.insert(piece.steps.end(), operators.begin(), operators.end());
    piece.steps.insert(piece.steps.end(), leaving.begin(), leaving.end());
    for (const graph::CodeStep& step : piece.steps) {
      if (!step.gives_codes) piece.outputs.push_back(step.output);
    }
    return piece;
  }

  // Constant nodes that the value needs.
  void add_constants(const std::string& value, std::set<std::size_t>& nodes) const {
    const auto found = constant_nodes_.find(value);
    if (found == constant_nodes_.end() || !nodes.insert(found->second).second) return;
    for (const std::string& input : network_.graph.nodes[found->second].inputs) {
      add_constants(input, nodes);
    }
  }

  Piece float_piece(int stage) {
    Piece piece;
    std::set<std::size_t> nodes;
    std::set<std::string> made, inputs;
    for (std::size_t i = 0; i < codes_.others.size(); ++i) {
      if (node_stages_[i] != stage) continue;
      nodes.insert(codes_.others[i]);
      made.insert(other(i).outputs.begin(), other(i).outputs.end());
      for (const std::string& input : other(i).inputs) {
        add_constants(input, nodes);
        if (!input.empty() && !constants_.contains(input)) inputs.insert(input);
      }
    }
    for (const std::string& input : inputs) {
      if (!made.contains(input)) piece.inputs.push_back(input);
    }
    const std::set<std::string> wanted = read_after(stage);
    for (const std::string& output : made) {
      if (wanted.contains(output)) piece.outputs.push_back(output);
    }
    piece.floats = network_;
    graph::Graph& graph = piece.floats.graph;
    graph.nodes.clear();
    for (const std::size_t node : nodes) graph.nodes.push_back(network_.graph.nodes[node]);
    graph.inputs.clear();
    graph.outputs.clear();
    graph.values.clear();
    for (const std::string& name : piece.inputs) {
      graph.inputs.push_back(
          {.name = name, .dtype = DataType::kFloat32, .shape = {}, .opaque = {}});
    }
    for (const std::string& name : piece.outputs) {
      graph.outputs.push_back(
          {.name = name, .dtype = DataType::kFloat32, .shape = {}, .opaque = {}});
    }
    return piece;
  }

  // Values that are outputs of the network, or that something else than this stage reads.
  std::set<std::string> read_after(int stage) const {
    std::set<std::string> read;
    for (const graph::Value& output : network_.graph.outputs) read.insert(output.name);
    for (std::size_t i = 0; i < codes_.others.size(); ++i) {
      if (node_stages_[i] <= stage) continue;
      read.insert(other(i).inputs.begin(), other(i).inputs.end());
    }
    for (const graph::CodeStep& step : codes_.steps) {
      if (step.kind == Kind::kQuantize) read.insert(step.inputs[0]);
    }
    return read;
  }

  const graph::Network& network_;
  graph::CodeNetwork codes_;
  std::set<std::string> constants_;  // values that are there before the network runs
  std::map<std::string, std::size_t> constant_nodes_;
  std::vector<int> step_stages_, node_stages_;  // of steps, and of others
  std::map<std::string, int> stages_;           // of the values and codes that they make
};

bool holds_graphs(const graph::Node& node) {
  return std::ranges::any_of(node.attributes, [](const graph::Attribute& attribute) {
    return std::holds_alternative<graph::GraphPtr>(attribute.data) ||
           std::holds_alternative<std::vector<graph::GraphPtr>>(attribute.data);
  });
}

}  // namespace

CutNetwork cut_network(const graph::Network& network, const std::set<std::size_t>& refused) {
  const std::vector<graph::Node>& nodes = network.graph.nodes;
  if (std::ranges::any_of(nodes, holds_graphs)) return {};
  graph::CodeNetwork codes =
      graph::read_codes(network, [&](const graph::Node& node, const graph::CodeStep& step) {
        const StepRow* row = find_row(node.op_type);
        return row != nullptr && row->is_layer == step.weight.has_value() &&
               !refused.contains(step.node);
      });
  if (!codes.any_operators()) return {};
  return Cutter(network, std::move(codes)).cut();
}

}  // namespace gcompress::engine::integer
