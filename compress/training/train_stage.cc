// The stage "train".
#include "gcompress/compress/training/train_stage.h"

#include "gcompress/compress/training/fit_settings.h"
#include "gcompress/core/train/fit.h"

namespace gcompress::compress {

void run_train(Settings& settings, StageState& state, const StageContext& context) {
  const train::FitOptions options = fit_options_of(settings, context, "fit");
  train::FitResult result = train::fit(state.network, state.data->train, state.data->tune,
                                       state.task, options, {}, {}, std::nullopt, context.run);
  if (result.stopped_early) {
    state.notes.push_back("Training stopped early after " + std::to_string(result.epochs.size()) +
                          " epochs.");
  }
  state.network = std::move(result.network);
}

}  // namespace gcompress::compress
