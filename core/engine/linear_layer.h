// A layer y [samples, outputs] = clamp(x [samples, inputs] W^T + bias + add) with a constant W, by
// the way that is expected to be fastest.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "gcompress/core/engine/operators/operator.h"
#include "gcompress/core/kernels/cpu/tap_rows.h"

namespace gcompress::engine {

struct LinearLayer {
  std::int64_t samples = 0, inputs = 0, outputs = 0;
  kernels::TapRows taps;    // W: offsets are inputs
  std::vector<float> bias;  // [outputs]
  Fused fused;              // what is added: the last input of a call
  int threads = 1;
  std::int64_t network_taps = 0;
};

enum class LinearWay {
  kSlices,  // one sample of up to 65,536 inputs: a row a lane, gathered inputs
  kMatrix,  // up to eight: all weights in order
  kPanels,  // any number: a column a sample
  kRows     // many: likewise, by code or dense rows (core/engine/weight_rows.h)
};

// `way`: chosen by counting where not given.
Kernel linear_kernel(LinearLayer layer, std::optional<LinearWay> way = {});

}  // namespace gcompress::engine
