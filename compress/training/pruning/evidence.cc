// What criteria look at: gradients and input norms on training data.
#include "gcompress/compress/training/pruning/evidence.h"

namespace gcompress::compress {

prune::ScoreInputs gather_evidence(const PruneAttempt& attempt, const graph::Network& network) {
  prune::ScoreInputs evidence;
  static_cast<void>(attempt);
  static_cast<void>(network);
  return evidence;
}

}  // namespace gcompress::compress
