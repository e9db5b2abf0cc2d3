// Training with the rounding in place.
#include "gcompress/compress/training/quantize_stage.h"

#include "gcompress/compress/quantizing/quantize_stage.h"
#include "gcompress/compress/training/fit_settings.h"
#include "gcompress/core/train/fit.h"

namespace gcompress::compress {

void run_quantize_aware(Settings& settings, StageState& state, const StageContext& context) {
  quantize::TrainRounded train;
  if (settings.integer("epochs") > 0) {
    const std::optional<train::Teacher> teacher = teacher_of(settings, state.task, state.network);
    const data::DataParts data = *state.data;
    train = [&settings, &context, teacher, data, task = state.task](const graph::Network& rounded) {
      train::FitOptions options = fit_options_of(settings, context, "rounded");
      options.work = "train rounded";
      return train::fit(rounded, data.train, data.tune, task, options, {},
                        graph::masks_of_zeros(rounded), teacher, context.run)
          .network;
    };
  }
  run_quantize(settings, state, context, train);
}

}  // namespace gcompress::compress
