// One-shot pruning where data is at hand, for criteria that look at it.
#include "gcompress/compress/training/pruning/evidence.h"
#include "gcompress/compress/training/pruning/methods.h"

namespace gcompress::compress {

prune::PruneResult run_one_shot(const PruneAttempt& attempt) {
  return prune::prune_one_shot(attempt.state.network, attempt.plan, attempt.options,
                               gather_evidence(attempt, attempt.state.network));
}

}  // namespace gcompress::compress
