// The stage "quantize": int8, weights and activations, by calibration; by training with the
// rounding in place where a program can train and is asked to (compress/training/quantize_stage.h).
#pragma once

#include "gcompress/compress/stage.h"
#include "gcompress/quantize/search.h"

namespace gcompress::compress {

StageRow quantize_stage();

// What the stage does; `train` may be empty: then nothing is trained.
void run_quantize(Settings& settings, StageState& state, const StageContext& context,
                  const quantize::TrainRounded& train);

}  // namespace gcompress::compress
