// Integers and truths at the ends of a network: inside they are kept as float32, which is exact
// below 2^24 (core/engine/operators/operator.h).
#pragma once

#include <vector>

#include "gcompress/core/execute/executor.h"

namespace gcompress::engine {

// Throws Error(kUnsupported) naming the first value of a type that the engine neither takes nor
// gives: it knows float32, bool and integers.
void check_types(const std::vector<graph::Value>& values);

// The declared inputs as float32. Throws Error(kInput) for integers beyond 2^24.
execute::Values as_floats(const std::vector<graph::Value>& declared, const execute::Values& given);

// Outputs in the types that they are declared with.
execute::Values as_declared(const std::vector<graph::Value>& declared, execute::Values floats);

}  // namespace gcompress::engine
