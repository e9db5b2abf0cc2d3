// What tests may set about the CPU execution of kernels.
#pragma once

#include <cstdint>

namespace gcompress::cuda_on_cpu {

// The order of blocks, and of threads between barriers, follows this seed (0 at first).
void set_order_seed(std::uint64_t seed);

// How many launches have run so far, so that a test can see that its kernel was called at all.
std::uint64_t launches();

}  // namespace gcompress::cuda_on_cpu
