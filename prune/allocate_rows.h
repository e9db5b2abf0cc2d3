// The allocations behind the table, one file each.
#pragma once

#include "gcompress/prune/allocate.h"

namespace gcompress::prune {

Allocator prepare_global(AllocateInputs inputs);
Allocator prepare_layerwise(AllocateInputs inputs);

}  // namespace gcompress::prune
