// Raw values to what the network takes.
#pragma once

#include "gcompress/core/data/dataset.h"

namespace gcompress::data {

// (raw * scale - mean[c]) / std[c] as float32, c being axis 1 of raw [N, channels, ...]; raw itself
// where the preprocessing changes no values. Resizing is not done here (see Preprocessing). Throws
// Error(kUsage) if the number of means or deviations fits neither 1 nor the channels.
Tensor preprocess(const Tensor& raw, const Preprocessing& preprocessing);

}  // namespace gcompress::data
