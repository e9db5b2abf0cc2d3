// Values of four axes that are cut, padded or thinned out along them: Slice and Pad.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "gcompress/core/engine/operators/operator.h"

namespace gcompress::engine {

// Of each of four axes: where along the input's index i of the output comes from; -1: from nowhere.
using AxisSources = std::array<std::vector<std::int64_t>, 4>;

// From and to any layout; `otherwise` where an output comes from nowhere.
Kernel move_planes(const Binding& binding, AxisSources sources, float otherwise);

}  // namespace gcompress::engine
