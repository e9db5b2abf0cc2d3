// The stage "quantize": int8, weights and activations, by calibration alone.
#pragma once

#include "gcompress/compress/stage.h"

namespace gcompress::compress {

StageRow quantize_stage();

}  // namespace gcompress::compress
