// Rounds of cutting and training.
#include "gcompress/compress/training/pruning/rounds.h"

#include <algorithm>
#include <utility>

#include "gcompress/core/base/error.h"
#include "gcompress/prune/rounds.h"

namespace gcompress::compress {

RoundsResult prune_in_rounds(const graph::Network& trained, const RoundsRequest& request) {
  RoundsResult result{.network = trained, .masks = {}, .floored = {}};
  const StageState& state = request.state;
  for (std::int64_t round = 1; round <= request.rounds; ++round) {
    prune::RoundCut cut = prune::cut_round(
        result.network, request.plan, request.options, result.masks,
        prune::geometric_budget(request.plan, round, request.rounds), round == request.rounds,
        request.evidence ? request.evidence(result.network) : prune::ScoreInputs());
    train::FitOptions fitting = request.fit_options(round);
    if (request.rewind) {
      result.network = request.rewind->network;
      fitting.start_at = request.rewind->step;
    }
    train::FitHooks hooks;
    hooks.identity = request.identity;
    train::FitResult fitted =
        train::fit(result.network, state.data->train, state.data->tune, state.task, fitting, hooks,
                   cut.masks, request.teacher, request.run);
    result = {.network = std::move(fitted.network),
              .masks = std::move(cut.masks),
              .floored = std::move(cut.floored)};
  }
  return result;
}

graph::Network with_weights_of(const graph::Network& network, const graph::Network& other,
                               const std::string& file) {
  std::map<std::string, const Tensor*> theirs;
  for (const graph::Initializer& one : other.graph.initializers) theirs[one.name] = &one.value;
  std::map<graph::WeightId, Tensor> values;
  for (const graph::Initializer& mine : network.graph.initializers) {
    const auto found = theirs.find(mine.name);
    if (found == theirs.end() || found->second->shape() != mine.value.shape() ||
        found->second->dtype() != mine.value.dtype()) {
      throw_input("this is another network: its weights do not fit the one to prune",
                  {.file = file, .node = {}, .value = mine.name},
                  "give the network as it was when its training began");
    }
    values[{.scope = {}, .tensor = mine.name}] = *found->second;
  }
  return graph::with_weights(network, values);
}

}  // namespace gcompress::compress
