// The kernels of wrong_kernels.cu by name. Each is called (in, out, size) with blocks of 64
// threads.
#pragma once

#ifndef __CUDACC__
#define __global__
#endif

#define GCOMPRESS_WRONG_KERNELS(X)           \
  X(reads_global_past_end)                   \
  X(writes_global_before_begin)              \
  X(copies_within_bounds)                    \
  X(writes_shared_past_end)                  \
  X(writes_dynamic_shared_past_end)          \
  X(loads_misaligned_vectors)                \
  X(loads_a_misaligned_word)                 \
  X(leaves_before_the_barrier)               \
  X(shuffles_without_half_of_the_mask)       \
  X(shuffles_with_two_masks)                 \
  X(shuffles_from_outside_of_the_mask)       \
  X(reads_what_others_write_without_barrier) \
  X(reads_the_warps_without_syncwarp)        \
  X(reads_the_warps_with_syncwarp)           \
  X(reads_another_warp_with_syncwarp)        \
  X(overwrites_what_others_read)             \
  X(everyone_writes_the_same_place)          \
  X(reads_shared_that_nobody_wrote)          \
  X(reads_an_asynchronous_copy_too_early)    \
  X(waits_for_too_few_copies)                \
  X(waits_but_for_no_barrier)                \
  X(copies_asynchronously)                   \
  X(copies_from_past_the_end)                \
  X(writes_a_constant)

extern "C" {
#define GCOMPRESS_DECLARE(name) __global__ void name(const float* in, float* out, int size);
GCOMPRESS_WRONG_KERNELS(GCOMPRESS_DECLARE)
#undef GCOMPRESS_DECLARE
}
