// Whether tensors fit the values that a network declares.
#pragma once

#include <vector>

#include "gcompress/core/execute/executor.h"

namespace gcompress::execute {

// Throws Error(kInput) naming the value, with both types or shapes, where an input is missing or
// does not fit its declaration. Inputs that the network does not declare are ignored.
void check_inputs(const std::vector<graph::Value>& declared, const Values& given);

// The same for what `who` ("the command 'x'") answered.
void check_outputs(const std::vector<graph::Value>& declared, const Values& given,
                   const std::string& who);

}  // namespace gcompress::execute
