// Rivals of a pruned network that need training.
#pragma once

#include "gcompress/compress/training/pruning/attempt.h"
#include "gcompress/compress/training/pruning/methods.h"

namespace gcompress::compress {

// The dense network trained on, and a random mask of the same density; each trained like the pruned
// network was. `state` holds the dense one.
std::vector<Rival> rivals_of_pruning(const Settings& settings, const StageState& state,
                                     const StageContext& context, const prune::Plan& plan,
                                     RunPruneMethod run);

// A dense network with as many bytes as the pruned one packed: `state`'s, with whole channels
// pruned gradually in as many epochs. Where that cannot be, nothing, and a note says why.
std::vector<Rival> narrow_rival(const Settings& settings, const StageState& state,
                                const graph::Network& pruned, const StageContext& context,
                                std::vector<std::string>& notes);

}  // namespace gcompress::compress
