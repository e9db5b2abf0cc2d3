// Convolutions by rows of taps (core/engine/weight_rows.h).
#pragma once

#include "gcompress/core/engine/operators/operator.h"
#include "gcompress/core/graph/operators/convolution.h"

namespace gcompress::engine {

// Serves every convolution over two spatial axes; filter and bias are constant.
Kernel row_conv(const Binding& binding, const graph::ConvAttributes& attributes);

}  // namespace gcompress::engine
