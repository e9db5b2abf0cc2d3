// Samples of the training data, for what looks at layers' inputs.
#pragma once

#include "gcompress/compress/training/pruning/attempt.h"
#include "gcompress/prune/reconstruct/reconstruct.h"

namespace gcompress::compress {

// Refers to the attempt's data.
prune::Calibration calibration_of(const PruneAttempt& attempt);
prune::ReconstructOptions reconstruct_options_of(const Settings& settings);

}  // namespace gcompress::compress
