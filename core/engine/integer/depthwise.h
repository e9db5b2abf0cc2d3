// Convolutions with a filter a channel, by a kernel of their own.
#pragma once

#include "gcompress/core/engine/integer/filters.h"
#include "gcompress/core/engine/integer/step.h"

namespace gcompress::engine::integer {

// Empty where the layer is none, where images lie side by side, or where filters look beyond the
// input's frame; other kernels take those.
Work make_depthwise(const Binding& binding, const Filters& filters);

}  // namespace gcompress::engine::integer
