// The types that a network asks to be computed in.
#pragma once

#include <string>

#include "gcompress/core/graph/network.h"

namespace gcompress::execute {

// The types of its weights and constants that decide the arithmetic (floating, and whole numbers of
// eight bits or fewer), as "float" or "float and int8"; those of its inputs where it has none. What
// a runtime makes of them is its own affair: this is the record where it adds nothing of its own.
std::string precision_of(const graph::Network& network);

}  // namespace gcompress::execute
