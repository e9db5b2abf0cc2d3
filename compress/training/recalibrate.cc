// Batch-norm statistics after pruning.
#include "gcompress/compress/training/recalibrate.h"

#include <fmt/format.h>

#include <algorithm>

#include "gcompress/compress/tuning_score.h"
#include "gcompress/core/train/fit.h"

namespace gcompress::compress {
namespace {

bool has_batch_norm(const graph::Network& network) {
  return std::ranges::any_of(network.graph.nodes, [](const graph::Node& node) {
    return node.op_type == "BatchNormalization" && node.domain.empty();
  });
}

}  // namespace

graph::Network recalibrate_if_better(const graph::Network& network, const graph::Network& dense,
                                     const StageState& state, const StageContext& context,
                                     std::vector<std::string>& notes) {
  if (!has_batch_norm(network)) return network;
  constexpr std::int64_t kBatches = 100;
  constexpr std::int64_t kBatchSize = 128;
  graph::Network candidate =
      train::recalibrate_batch_norms(network, state.data->train, kBatches, kBatchSize, context.run);
  const double with = tuning_score(candidate, dense, state, context);
  const double without = tuning_score(network, dense, state, context);
  const bool better = with > without;
  notes.push_back(fmt::format(
      "Batch-norm statistics measured anew were {}: {:.4f} with, {:.4f} without ({}, tuning "
      "split).",
      better ? "kept" : "not kept", with, without,
      state.task.kind == execute::TaskKind::kUnlabelled ? "minus the distance to the dense outputs"
                                                        : execute::metric_of(state.task.kind)));
  context.run.say(notes.back());
  return better ? candidate : network;
}

}  // namespace gcompress::compress
