// Samples of the training data, for what looks at layers' inputs.
#include "gcompress/compress/training/pruning/calibration.h"

namespace gcompress::compress {

prune::Calibration calibration_of(const PruneAttempt& attempt) {
  const data::Dataset& samples = attempt.state.data->train;
  const std::int64_t wanted = attempt.settings.integer("calibration-samples");
  if (samples.size() < wanted) {
    attempt.context.run.say("There are " + std::to_string(samples.size()) +
                            " training samples to look at, fewer than the " +
                            std::to_string(wanted) + " asked for.");
  }
  return {.data = &samples, .make_executor = attempt.context.make_executor};
}

prune::ReconstructOptions reconstruct_options_of(const Settings& settings) {
  prune::ReconstructOptions options;
  options.samples = settings.integer("calibration-samples");
  return options;
}

}  // namespace gcompress::compress
