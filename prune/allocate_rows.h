// The allocations behind the table.
#pragma once

#include "gcompress/prune/allocate.h"

namespace gcompress::prune {

Allocator prepare_global(AllocateInputs inputs);
Allocator prepare_uniform(AllocateInputs inputs);
Allocator prepare_erk(AllocateInputs inputs);
Allocator prepare_lamp(AllocateInputs inputs);
Allocator prepare_cost(AllocateInputs inputs);
Allocator prepare_sensitivity(AllocateInputs inputs);

}  // namespace gcompress::prune
