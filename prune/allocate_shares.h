// Allocations that fix how much of each layer stays before any score is looked at.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "gcompress/prune/allocate.h"

namespace gcompress::prune {

// A number for each weight: what is kept is split in proportion to them. Where a layer's share is
// beyond its limits (floor, what is present), the others take or give the difference.
using PortionsOf =
    std::function<std::vector<double>(const AllocateInputs& inputs, std::int64_t keep)>;

Allocator prepare_shares(AllocateInputs inputs, PortionsOf portions_of);

}  // namespace gcompress::prune
