// What runs the ways of pruning (compress/pruning/methods.h) that look at data, one file each.
#pragma once

#include <string>

#include "gcompress/compress/training/pruning/attempt.h"

namespace gcompress::compress {

using RunPruneMethod = prune::PruneResult (*)(const PruneAttempt& attempt);

// Of every method in the table.
RunPruneMethod prune_method_runner(const std::string& name);

prune::PruneResult run_one_shot(const PruneAttempt& attempt);
prune::PruneResult run_gradual(const PruneAttempt& attempt);
prune::PruneResult run_backtracking(const PruneAttempt& attempt);
prune::PruneResult run_reconstruct(const PruneAttempt& attempt);
prune::PruneResult run_iterative(const PruneAttempt& attempt);
prune::PruneResult run_surgery(const PruneAttempt& attempt);
prune::PruneResult run_rigging(const PruneAttempt& attempt);
// Whole channels, at once or gradually, by the method that the settings ask for.
prune::PruneResult run_channels(const PruneAttempt& attempt);

}  // namespace gcompress::compress
