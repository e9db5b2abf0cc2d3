// Kernels with one mistake each, for the tests of the detectors, and beside most of them what would
// be right.
#include "../../core/kernels/cuda/ptx.h"
#include "tests/cuda_on_cpu/wrong_kernels.h"

using namespace gcompress::cuda;

extern "C" {

// Blocks of 64 threads; `out` has 64 elements for all of them, `size` says how many exist.

__global__ void reads_global_past_end(const float* in, float* out, int) {
  out[threadIdx.x] = in[threadIdx.x + 1];
}

__global__ void writes_global_before_begin(const float* in, float* out, int) {
  out[static_cast<int>(threadIdx.x) - 1] = in[threadIdx.x];
}

__global__ void copies_within_bounds(const float* in, float* out, int size) {
  if (static_cast<int>(threadIdx.x) + 1 < size) out[threadIdx.x] = in[threadIdx.x + 1];
}

__global__ void writes_shared_past_end(const float* in, float* out, int) {
  GCOMPRESS_SHARED(float[63], tile);
  float* element = tile + threadIdx.x;
  *element = in[threadIdx.x];
  __syncthreads();
  out[threadIdx.x] = tile[0];
}

__global__ void writes_dynamic_shared_past_end(const float* in, float* out, int) {
  GCOMPRESS_DYNAMIC_SHARED(float, tile);
  tile[threadIdx.x] = in[threadIdx.x];  // launched with room for 63
  __syncthreads();
  out[threadIdx.x] = tile[0];
}

__global__ void loads_misaligned_vectors(const float* in, float* out, int) {
  if (threadIdx.x < 8) {
    const Bytes16 four = load_16(in + threadIdx.x * 4 + 1);
    out[threadIdx.x] = static_cast<float>(four.words[0]);
  }
}

__global__ void loads_a_misaligned_word(const float* in, float* out, int) {
  const char* bytes = reinterpret_cast<const char*>(in) + 2;
  if (threadIdx.x == 0) {
    const Bytes8 two = load_8(bytes);
    out[0] = static_cast<float>(two.words[0]);
  }
}

__global__ void leaves_before_the_barrier(const float* in, float* out, int) {
  GCOMPRESS_SHARED(float[64], tile);
  if (threadIdx.x == 7) return;
  tile[threadIdx.x] = in[threadIdx.x];
  __syncthreads();
  out[threadIdx.x] = tile[63 - threadIdx.x];
}

__global__ void shuffles_without_half_of_the_mask(const float* in, float* out, int) {
  float value = in[threadIdx.x];
  if (threadIdx.x % 32 < 16) value += __shfl_xor_sync(0xffffffffu, value, 1);
  out[threadIdx.x] = value;
}

__global__ void shuffles_with_two_masks(const float* in, float* out, int) {
  const unsigned mask = threadIdx.x % 32 < 16 ? 0xffffffffu : 0xffff8000u;
  out[threadIdx.x] = __shfl_xor_sync(mask, in[threadIdx.x], 1);
}

__global__ void shuffles_from_outside_of_the_mask(const float* in, float* out, int) {
  if (threadIdx.x % 32 < 16) out[threadIdx.x] = __shfl_xor_sync(0x0000ffffu, in[threadIdx.x], 16);
}

__global__ void reads_what_others_write_without_barrier(const float* in, float* out, int) {
  GCOMPRESS_SHARED(float[64], tile);
  tile[threadIdx.x] = in[threadIdx.x];
  __syncthreads();
  tile[threadIdx.x] = 2 * tile[threadIdx.x];
  out[threadIdx.x] = tile[63 - threadIdx.x];
}

__global__ void reads_the_warps_without_syncwarp(const float* in, float* out, int) {
  GCOMPRESS_SHARED(float[64], tile);
  tile[threadIdx.x] = 0;
  __syncthreads();
  tile[threadIdx.x] = in[threadIdx.x];
  out[threadIdx.x] = tile[threadIdx.x ^ 1];
}

__global__ void reads_the_warps_with_syncwarp(const float* in, float* out, int) {
  GCOMPRESS_SHARED(float[64], tile);
  tile[threadIdx.x] = in[threadIdx.x];
  __syncwarp();
  out[threadIdx.x] = tile[threadIdx.x ^ 1];
}

__global__ void reads_another_warp_with_syncwarp(const float* in, float* out, int) {
  GCOMPRESS_SHARED(float[64], tile);
  tile[threadIdx.x] = in[threadIdx.x];
  __syncwarp();
  out[threadIdx.x] = tile[threadIdx.x ^ 32];
}

__global__ void overwrites_what_others_read(const float* in, float* out, int) {
  GCOMPRESS_SHARED(float[64], tile);
  tile[threadIdx.x] = in[threadIdx.x];
  __syncthreads();
  out[threadIdx.x] = tile[63 - threadIdx.x];
  tile[threadIdx.x] = 0;  // thread 63 - i may not have read yet
}

__global__ void everyone_writes_the_same_place(const float* in, float* out, int) {
  GCOMPRESS_SHARED(float, place);
  place = in[threadIdx.x];
  __syncthreads();
  out[threadIdx.x] = place;
}

__global__ void reads_shared_that_nobody_wrote(const float* in, float* out, int) {
  GCOMPRESS_SHARED(float[64], tile);
  if (threadIdx.x != 5) tile[threadIdx.x] = in[threadIdx.x];
  __syncthreads();
  out[threadIdx.x] = tile[threadIdx.x];
}

__global__ void reads_an_asynchronous_copy_too_early(const float* in, float* out, int) {
  GCOMPRESS_SHARED(float[64], tile);
  if (threadIdx.x < 16) async_copy_16(tile + 4 * threadIdx.x, in + 4 * threadIdx.x, 16);
  async_commit();
  __syncthreads();
  out[threadIdx.x] = tile[threadIdx.x];
}

__global__ void waits_for_too_few_copies(const float* in, float* out, int) {
  GCOMPRESS_SHARED(float[64], tile);
  if (threadIdx.x < 16) async_copy_16(tile + 4 * threadIdx.x, in + 4 * threadIdx.x, 16);
  async_commit();
  async_wait<1>();
  __syncthreads();
  out[threadIdx.x] = tile[threadIdx.x];
}

__global__ void waits_but_for_no_barrier(const float* in, float* out, int) {
  GCOMPRESS_SHARED(float[64], tile);
  if (threadIdx.x < 16) async_copy_16(tile + 4 * threadIdx.x, in + 4 * threadIdx.x, 16);
  async_commit();
  async_wait<0>();
  __syncwarp();
  out[threadIdx.x] = tile[threadIdx.x];
}

__global__ void copies_asynchronously(const float* in, float* out, int) {
  GCOMPRESS_SHARED(float[64], tile);
  if (threadIdx.x < 16) async_copy_16(tile + 4 * threadIdx.x, in + 4 * threadIdx.x, 16);
  async_commit();
  async_wait<0>();
  __syncthreads();
  out[threadIdx.x] = tile[threadIdx.x];
}

__global__ void copies_from_past_the_end(const float* in, float* out, int) {
  GCOMPRESS_SHARED(float[68], tile);
  if (threadIdx.x < 17) async_copy_16(tile + 4 * threadIdx.x, in + 4 * threadIdx.x, 16);
  async_wait<0>();
  __syncthreads();
  out[threadIdx.x] = tile[threadIdx.x];
}

__global__ void writes_a_constant(const float*, float*, int) {
  static const float table[2] = {1, 2};
  float* address = const_cast<float*>(table);
  asm volatile("" : "+r"(address));  // hides from the compiler what it is
  address[threadIdx.x % 2] = 3;
}

}  // extern "C"
