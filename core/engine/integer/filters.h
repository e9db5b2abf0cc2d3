// A layer's stored weight as filters of a convolution: a matrix is one over images of one pixel.
#pragma once

#include <cstdint>
#include <vector>

#include "gcompress/core/engine/integer/step.h"

namespace gcompress::engine::integer {

struct Filters {
  std::vector<std::int8_t> values;  // [filters][channels of a group][height][width]
  std::int64_t filters = 0, channels = 0, height = 1, width = 1, groups = 1;
  std::int64_t stride_y = 1, stride_x = 1, dilation_y = 1, dilation_x = 1, pad_y = 0, pad_x = 0;
};

// Throw Error(kUnsupported) where weight or bias are no integers as the kernels take them.
Filters conv_filters(const Binding& binding);
// `transposed`: the weight lies as [outputs, inputs].
Filters matrix_filters(const Binding& binding, bool transposed);

}  // namespace gcompress::engine::integer
