// Depthwise convolutions on framed planes.
#pragma once

#include "gcompress/core/engine/operators/operator.h"
#include "gcompress/core/graph/operators/convolution.h"

namespace gcompress::engine {

// A kernel without `run` where the layer is not depthwise, its values do not lie as planes, or so
// few taps are left that sparse rows are faster.
Kernel depthwise_conv(const Binding& binding, const graph::ConvAttributes& attributes);

}  // namespace gcompress::engine
