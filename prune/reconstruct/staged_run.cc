// Stretches of a network, and what lies between them.
#include "gcompress/prune/reconstruct/staged_run.h"

#include <algorithm>

#include "gcompress/core/data/splits.h"
#include "gcompress/core/graph/shapes.h"

namespace gcompress::prune {
namespace {

// What a node reads, its subgraphs included (and names of their own, which do no harm).
std::set<std::string> reads_of(const graph::Node& node) {
  std::set<std::string> names(node.inputs.begin(), node.inputs.end());
  const auto add_inner = [&names](const std::string&, const graph::Graph& inner) {
    for (const graph::Node& one : inner.nodes) names.insert(one.inputs.begin(), one.inputs.end());
    for (const graph::Value& output : inner.outputs) names.insert(output.name);
  };
  for (const graph::Attribute& attribute : node.attributes) {
    if (const auto* one = std::get_if<graph::GraphPtr>(&attribute.data)) {
      graph::for_each_graph(**one, add_inner);
    } else if (const auto* many = std::get_if<std::vector<graph::GraphPtr>>(&attribute.data)) {
      for (const graph::GraphPtr& inner : *many) graph::for_each_graph(*inner, add_inner);
    }
  }
  names.erase("");
  return names;
}

// The nodes of a network and what they read.
class Stretches {
 public:
  explicit Stretches(const graph::Graph& graph) : graph_(graph) {
    for (const graph::Value& input : graph::runtime_inputs(graph)) varying_.insert(input.name);
    for (const graph::Node& node : graph.nodes) {
      reads_.push_back(reads_of(node));
      const bool varies = std::ranges::any_of(
          reads_.back(), [&](const std::string& name) { return varying_.contains(name); });
      if (varies) varying_.insert(node.outputs.begin(), node.outputs.end());
    }
  }

  // Values made before node `end` that a later node or the outside reads.
  std::set<std::string> alive_at(std::size_t end) const {
    std::set<std::string> made;
    for (const graph::Value& input : graph::runtime_inputs(graph_)) made.insert(input.name);
    for (std::size_t i = 0; i < end; ++i) {
      made.insert(graph_.nodes[i].outputs.begin(), graph_.nodes[i].outputs.end());
    }
    std::set<std::string> alive;
    for (std::size_t i = end; i < graph_.nodes.size(); ++i) {
      for (const std::string& name : reads_[i]) {
        if (made.contains(name) && varying_.contains(name)) alive.insert(name);
      }
    }
    return alive;
  }

  // The network that makes `wanted` from the values of `given`.
  graph::Network stretch(const graph::Network& network, const std::set<std::string>& wanted,
                         const std::vector<graph::Value>& given,
                         const std::map<std::string, DataType>& dtypes) const {
    std::set<std::string> needed = wanted;
    std::set<std::string> there;
    for (const graph::Value& value : given) there.insert(value.name);
    graph::Network result;
    result.ir_version = network.ir_version;
    result.opset_imports = network.opset_imports;
    result.functions = network.functions;
    result.source = network.source;
    result.graph.name = graph_.name;
    for (std::size_t i = graph_.nodes.size(); i-- > 0;) {
      const graph::Node& node = graph_.nodes[i];
      const bool needs = std::ranges::any_of(node.outputs, [&](const std::string& name) {
        return needed.contains(name) && !there.contains(name);
      });
      if (!needs) continue;
      needed.insert(reads_[i].begin(), reads_[i].end());
      result.graph.nodes.push_back(node);
    }
    std::ranges::reverse(result.graph.nodes);
    for (const graph::Initializer& initializer : graph_.initializers) {
      if (needed.contains(initializer.name)) result.graph.initializers.push_back(initializer);
    }
    for (const graph::SparseInitializer& initializer : graph_.sparse_initializers) {
      if (needed.contains(initializer.name)) {
        result.graph.sparse_initializers.push_back(initializer);
      }
    }
    for (const graph::Value& value : given) {
      if (needed.contains(value.name)) result.graph.inputs.push_back(value);
    }
    for (const std::string& name : wanted) {
      if (!there.contains(name)) {
        graph::Value value;
        value.name = name;
        const auto dtype = dtypes.find(name);
        value.dtype = dtype == dtypes.end() ? DataType::kFloat32 : dtype->second;
        result.graph.outputs.push_back(std::move(value));
      }
    }
    return result;
  }

 private:
  const graph::Graph& graph_;
  std::vector<std::set<std::string>> reads_;
  std::set<std::string> varying_;  // values that depend on the inputs
};

// How held values are declared: of that rank, sizes open (the last batch may be smaller).
std::vector<graph::Value> declared(const execute::Values& values) {
  std::vector<graph::Value> result;
  for (const auto& [name, tensor] : values) {
    graph::Value value;
    value.name = name;
    value.dtype = tensor.dtype();
    value.shape.emplace(tensor.shape().size());
    result.push_back(std::move(value));
  }
  return result;
}

std::int64_t bytes_of(const execute::Values& values) {
  std::int64_t bytes = 0;
  for (const auto& [name, tensor] : values) bytes += static_cast<std::int64_t>(tensor.byte_size());
  return bytes;
}

}  // namespace

SampleBatches choose_samples(const graph::Network& network,
                             const execute::ExecutorFactory& make_executor,
                             const data::Dataset& data, std::int64_t wanted, std::int64_t size,
                             std::uint64_t seed) {
  if (data.size() == 0) throw_usage("there are no samples to calibrate with");
  const std::vector<std::int64_t> chosen =
      data::limited(data::all_indices(data.size()), wanted, seed, "calibrate");
  const auto executor = make_executor(network);
  const execute::Feed feed(*executor, data);
  const bool fixed = feed.batch_size(1) == feed.batch_size(2);
  const auto step = static_cast<std::size_t>(feed.batch_size(size));
  SampleBatches batches{.data = &data, .positions = {}};
  for (std::size_t begin = 0; begin < chosen.size(); begin += step) {
    std::vector<std::int64_t>& positions = batches.positions.emplace_back();
    for (std::size_t i = begin; i < begin + step && (fixed || i < chosen.size()); ++i) {
      positions.push_back(chosen[i % chosen.size()]);
    }
  }
  return batches;
}

StagedRun::StagedRun(const execute::ExecutorFactory& make_executor, const SampleBatches& batches,
                     std::int64_t held_bytes, const RunContext& context)
    : make_executor_(make_executor),
      batches_(batches),
      held_limit_(held_bytes),
      context_(context) {}

void StagedRun::begin(const graph::Network& network, std::size_t end,
                      const std::set<std::string>& wanted) {
  if (dtypes_.empty()) {
    for (const auto& [name, value] : graph::infer_shapes(network)) {
      if (value.dtype != DataType::kUndefined) dtypes_[name] = value.dtype;
    }
  }
  const Stretches stretches(network.graph);
  wanted_ = wanted;
  alive_ = stretches.alive_at(end);
  batch_ = 0;
  living_bytes_ = 0;
  living_.clear();
  feed_.reset();
  executor_.reset();
  const std::vector<graph::Value> given =
      held_.empty() ? graph::runtime_inputs(network.graph) : declared(held_.front());
  std::set<std::string> outputs = wanted;
  outputs.insert(alive_.begin(), alive_.end());
  std::set<std::string> at_hand;
  for (const graph::Value& value : given) at_hand.insert(value.name);
  runs_ = !std::ranges::includes(at_hand, outputs);
  if (!runs_ && !held_.empty()) return;
  graph::Network stretch = stretches.stretch(network, outputs, given, dtypes_);
  // All inputs stay declared: by them the feed decides which column goes where.
  if (held_.empty()) stretch.graph.inputs = given;
  if (!runs_) stretch = network;
  executor_ = make_executor_(stretch);
  if (held_.empty()) feed_ = std::make_unique<execute::Feed>(*executor_, *batches_.data);
}

execute::Values StagedRun::next_batch() {
  context_.check_cancelled();
  execute::Values values =
      feed_ ? feed_->inputs_of(batches_.data->batch(batches_.positions[batch_])) : held_[batch_];
  if (runs_) values.merge(executor_->run(values));
  if (living_.size() == batch_) {
    execute::Values living;
    for (const std::string& name : alive_) living[name] = values.at(name);
    living_bytes_ += bytes_of(living);
    if (living_bytes_ <= held_limit_) living_.push_back(std::move(living));
  }
  execute::Values shown;
  for (const std::string& name : wanted_) shown[name] = values.at(name);
  ++batch_;
  if (batch_ == batches_.positions.size() && living_.size() == batch_) {
    held_ = std::move(living_);
    most_held_ = std::max(most_held_, living_bytes_);
  }
  if (living_bytes_ > held_limit_) living_ = {};
  return shown;
}

}  // namespace gcompress::prune
