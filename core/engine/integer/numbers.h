// What turns a layer's sums into codes or numbers: biases, scales, a residual.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "gcompress/core/engine/integer/filters.h"
#include "gcompress/core/engine/integer/step.h"
#include "gcompress/core/kernels/cpu/quad_rows.h"

namespace gcompress::engine::integer {

// `finish` points into it, so it stays where it was made.
struct LayerNumbers {
  // Of each filter, and of whole quads: what is beyond the last filter is 0.
  std::vector<std::int32_t> bias;
  std::vector<float> scale;
  kernels::Requantization finish;  // but for the residual's codes
  std::optional<CodeValue> other;  // the residual
};

// Zero points go into biases, scales into one factor, as ONNX Runtime does: (input x weight) /
// output.
std::unique_ptr<const LayerNumbers> layer_numbers(const Binding& binding, const Filters& filters);

}  // namespace gcompress::engine::integer
