// The stage "quantize" in the program that trains: quantization-aware training with --epochs.
#pragma once

#include "gcompress/compress/stage.h"

namespace gcompress::compress {

// As run_quantize. With --epochs the network is trained while its weights and activations are
// rounded, gradients passing straight through (Jacob et al. 2018); the float network teaches, and
// weights that are zero stay zero.
void run_quantize_aware(Settings& settings, StageState& state, const StageContext& context);

}  // namespace gcompress::compress
