// Rivals that need no training: the dense network in int8 in the best runtime at hand, and in
// bfloat16.
#pragma once

#include "gcompress/compress/stage.h"

namespace gcompress::compress {

// Adds "dense int8" to the state, made of the network before (or of the only one), calibrated on
// the tuning split; and where it runs in another runtime than the others, "dense in ONNX Runtime",
// so that runtime and precision can be told apart. Where libtorch runs the others and the processor
// has bfloat16, adds "dense bf16", too. Adds none where nobody asked for rivals, latency is not
// measured, or the network is quantized already. Where one was due and cannot be made, a note says
// why.
void add_cheap_rivals(StageState& state, const StageContext& context, const Tables& tables);

}  // namespace gcompress::compress
