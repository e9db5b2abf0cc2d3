// Computes small values along with the shapes: the arithmetic that exporters write to find the
// target of a reshape, the sizes of a resize or the pads of a padding.
#pragma once

#include <optional>

#include "gcompress/core/graph/shape_rules/rule.h"

namespace gcompress::graph {

// The elements of an output, from the shapes that the rule found and the elements of the inputs.
// Nothing if they cannot be told.
std::optional<SmallValue> fold(const RuleContext& context, std::size_t output);

}  // namespace gcompress::graph
