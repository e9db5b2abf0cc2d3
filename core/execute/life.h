// Proof that a network plays one step of the Game of Life perfectly.
#pragma once

#include <cstdint>

#include "gcompress/core/data/dataset.h"
#include "gcompress/core/execute/executor.h"

namespace gcompress::execute {

// How many of the 512 neighbourhoods of 3 x 3 cells the network decides rightly; 512 means that it
// plays every board of any size, if it looks no further than one cell, as one-step players do. Each
// neighbourhood lies in the middle of a board of dead cells, as small as the network's input allows
// (at least 3 x 3), and only the middle cell is read, so the border does not matter.
// The network must have one input and one output [N, 1, H, W], logits (alive above 0) unless
// `outputs_are_probabilities`. Throws Error(kUsage) otherwise.
std::int64_t neighbourhoods_right(Executor& executor, bool outputs_are_probabilities = false);

}  // namespace gcompress::execute
