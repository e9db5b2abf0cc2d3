// Rounds of cutting and training, for methods and for lottery tickets.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "gcompress/compress/stage.h"
#include "gcompress/core/train/fit.h"
#include "gcompress/prune/criterion.h"
#include "gcompress/prune/prune.h"

namespace gcompress::compress {

// The weights that every round goes back to.
struct RewindPoint {
  graph::Network network;
  std::int64_t step = 0;  // of a round's schedule, where training goes on
};

struct RoundsRequest {
  const StageState& state;  // the data and the task
  const prune::Plan& plan;
  const prune::PruneOptions& options;
  std::int64_t rounds = 1;
  std::function<train::FitOptions(std::int64_t round)> fit_options;  // from 1, folders of their own
  std::function<prune::ScoreInputs(const graph::Network& network)> evidence = {};
  std::optional<RewindPoint> rewind = {};  // nullopt: weights stay
  std::optional<train::Teacher> teacher = {};
  std::string identity;  // FitHooks::identity
  RunContext run;
};

struct RoundsResult {
  graph::Network network;  // masks applied
  graph::Masks masks;
  std::vector<graph::WeightId> floored;
};

// Cuts `trained`, trains, and so on; budgets fall by the same share each round.
RoundsResult prune_in_rounds(const graph::Network& trained, const RoundsRequest& request);

// The network with another's weights and running statistics. Throws Error(kInput), naming the file,
// if that is another network.
graph::Network with_weights_of(const graph::Network& network, const graph::Network& other,
                               const std::string& file);

}  // namespace gcompress::compress
