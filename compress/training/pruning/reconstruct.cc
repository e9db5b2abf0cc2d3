// Pruning at once, and fitting what is left of each layer to what the dense one puts out.
#include "gcompress/prune/reconstruct/reconstruct.h"

#include <algorithm>

#include "gcompress/compress/training/pruning/calibration.h"
#include "gcompress/compress/training/pruning/evidence.h"
#include "gcompress/compress/training/pruning/methods.h"

namespace gcompress::compress {

prune::PruneResult run_reconstruct(const PruneAttempt& attempt) {
  const graph::Network& dense = attempt.state.network;
  const prune::PruneResult cut =
      prune::prune_one_shot(dense, attempt.plan, attempt.options, gather_evidence(attempt, dense));
  const prune::Reconstruction fitted =
      prune::reconstruct(dense, attempt.plan, cut.masks, calibration_of(attempt),
                         reconstruct_options_of(attempt.settings), attempt.run());
  prune::PruneResult result = prune::finish(fitted.network, attempt.plan, cut.masks);
  result.notes = fitted.notes;
  // What died already when the masks were chosen counts, too.
  result.dead_channels = std::max(result.dead_channels, cut.dead_channels);
  for (std::size_t i = 0; i < result.layers.size(); ++i) {
    result.layers[i].floored = cut.layers[i].floored;
  }
  return result;
}

}  // namespace gcompress::compress
