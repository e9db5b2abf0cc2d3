// Batch-norm statistics measured anew: what pruning shifts, without training anything.
#include <algorithm>
#include <map>
#include <optional>
#include <string>

#include "gcompress/core/data/loader.h"
#include "gcompress/core/train/fit.h"
#include "gcompress/core/train/learner.h"
#include "gcompress/core/train/objective.h"
#include "gcompress/core/train/program.h"
#include "gcompress/core/train/torch_settings.h"

namespace gcompress::train {
namespace {

bool is_batch_norm(const graph::Node& node) { return node.op_type == "BatchNormalization"; }

// The network as it is measured: batch norms keep nothing of their old statistics (ONNX: running =
// running * momentum + batch * (1 - momentum)), and nothing is dropped.
graph::Network measuring(graph::Network network) {
  for (graph::Node& node : network.graph.nodes) {
    if (is_batch_norm(node)) {
      std::erase_if(node.attributes, [](const auto& one) { return one.name == "momentum"; });
      node.attributes.push_back(graph::make_attribute("momentum", 0.0F));
    }
    if (node.op_type == "Dropout" && node.outputs.size() == 1) {
      node.op_type = "Identity";
      node.inputs.resize(1);
      node.attributes.clear();
    }
  }
  return network;
}

}  // namespace

graph::Network recalibrate_batch_norms(const graph::Network& network, const data::Dataset& data,
                                       std::int64_t batches, std::int64_t batch_size,
                                       const RunContext& context) {
  if (std::none_of(network.graph.nodes.begin(), network.graph.nodes.end(), is_batch_norm)) {
    return network;
  }
  const TorchSettings settings(context);
  const torch::NoGradGuard no_gradients;
  const torch::Device device = torch_device(context);
  const graph::Network measured = measuring(network);
  Program program(measured, {.device = device, .channels_last = has_convolutions(network)});
  program.set_training(true);

  std::map<graph::WeightId, torch::Tensor> means;
  for (const auto& [id, buffer] : program.buffers()) {
    means[id] = torch::zeros_like(buffer, buffer.options().dtype(torch::kDouble));
  }
  data::LoaderOptions loading;
  loading.batch_size = std::min(batch_size, data.size());
  loading.shuffle = true;
  loading.drop_last = true;  // batches that weigh the same
  data::Loader loader(data, loading, context.seed, 0);
  const std::int64_t count = std::min(batches, loader.batches());
  for (std::int64_t i = 0; i < count; ++i) {
    context.check_cancelled();
    const std::optional<data::Batch> batch = loader.next();
    program.forward(to_torch_inputs(network, *batch, device));
    for (const auto& [id, buffer] : program.buffers()) {
      means[id] += (buffer.to(torch::kDouble) - means[id]) / static_cast<double>(i + 1);
    }
    context.report({"recalibrate batch norms", i + 1, count, {}});
  }
  std::map<graph::WeightId, Tensor> values;
  for (const auto& [id, buffer] : program.buffers()) {
    values[id] = from_torch(means[id].to(buffer.scalar_type()));
  }
  return count > 0 ? graph::with_weights(network, values) : network;
}

}  // namespace gcompress::train
