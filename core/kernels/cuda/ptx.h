// Named wrappers around what CUDA kernels need beyond the language: vector access, number formats,
// asynchronous copies, matrix fragments, tensor cores. No other file contains asm.
//
// Compiled by nvcc, they are the device functions of ptx_device.h. Compiled by a C++ compiler, they
// are only declared, and tests/cuda_on_cpu defines them. Kernels must stay C++17 and need nothing
// but this folder, so that `nvcc -ptx FILE.cu` works by itself.
//
// "Warp-wide" functions are called by all 32 lanes of a warp together.
#pragma once

#include <stdint.h>

// GCOMPRESS_DEVICE is for the kernels' own functions, GCOMPRESS_PTX for those below.
#ifdef __CUDACC__
#define GCOMPRESS_DEVICE static __device__ __forceinline__
#define GCOMPRESS_PTX GCOMPRESS_DEVICE
#else
#define GCOMPRESS_DEVICE inline
#define GCOMPRESS_PTX
#endif

namespace gcompress::cuda {

// 8 or 16 bytes that are loaded or stored at once, from addresses that are multiples of their size.
struct alignas(8) Bytes8 {
  uint32_t words[2];
};
struct alignas(16) Bytes16 {
  uint32_t words[4];
};

// Vector access to shared or global memory, of any type.
GCOMPRESS_PTX uint32_t load_4(const void* from);
GCOMPRESS_PTX Bytes8 load_8(const void* from);
GCOMPRESS_PTX Bytes16 load_16(const void* from);
GCOMPRESS_PTX void store_4(void* to, uint32_t word);
GCOMPRESS_PTX void store_8(void* to, Bytes8 bytes);
GCOMPRESS_PTX void store_16(void* to, Bytes16 bytes);

// The same 32 bits.
GCOMPRESS_PTX float bits_to_float(uint32_t bits);
GCOMPRESS_PTX uint32_t float_to_bits(float value);

// Number formats by their bits. To 16 bits they round to nearest, ties to even.
GCOMPRESS_PTX float half_to_float(uint16_t bits);
GCOMPRESS_PTX float bfloat16_to_float(uint16_t bits);
GCOMPRESS_PTX uint16_t float_to_half(float value);
GCOMPRESS_PTX uint16_t float_to_bfloat16(float value);

// Four bytes picked by the nibbles of `selector` out of the eight of (high, low): prmt.
GCOMPRESS_PTX uint32_t permute_bytes(uint32_t low, uint32_t high, uint32_t selector);
// sum + the four products of signed bytes: dp4a.
GCOMPRESS_PTX int32_t dot_4_bytes(uint32_t a, uint32_t b, int32_t sum);

// Asynchronous copies of 16 (or 4) bytes from global to shared memory: cp.async. The first `valid`
// bytes are copied, the others become zero; with 0 valid bytes `from` is not read. What was
// copied may be read by this thread after async_wait, by others after a barrier behind that.
GCOMPRESS_PTX void async_copy_16(void* shared, const void* from, int valid);
GCOMPRESS_PTX void async_copy_4(void* shared, const void* from, int valid);
// Closes the group of the copies issued since the last call.
GCOMPRESS_PTX void async_commit();
// Waits until all but the last `kPending` groups of this thread have arrived.
#ifndef __CUDACC__
void async_wait_for(int pending);
#endif
template <int kPending>
GCOMPRESS_PTX void async_wait();

// Loads 8x8 matrices of 16-bit elements (rows of 16 aligned bytes in shared memory) into fragments:
// lane l gives the address of row l % 8 of matrix l / 8. Warp-wide: ldmatrix. Lane l receives of
// matrix i the elements (l / 4, 2 (l % 4)) and the next one, of the transposed matrix for the
// second.
GCOMPRESS_PTX void load_matrices_2(uint32_t (&fragments)[2], const void* shared_row);
GCOMPRESS_PTX void load_matrices_4(uint32_t (&fragments)[4], const void* shared_row);
GCOMPRESS_PTX void load_matrices_4_transposed(uint32_t (&fragments)[4], const void* shared_row);

// sum[16][8] += a[16][16] b[16][8] for fp16 (or bf16) a, b. Warp-wide: mma.sync.m16n8k16. With
// r = lane / 4 and c = 2 (lane % 4), element pairs of a: (r, c), (r + 8, c), (r, c + 8),
// (r + 8, c + 8); of b, pairs along k: (c, r), (c + 8, r); of sum: (r, c), (r, c + 1), (r + 8, c),
// (r + 8, c + 1).
GCOMPRESS_PTX void mma_m16n8k16_half(float (&sum)[4], const uint32_t (&a)[4],
                                     const uint32_t (&b)[2]);
GCOMPRESS_PTX void mma_m16n8k16_bfloat16(float (&sum)[4], const uint32_t (&a)[4],
                                         const uint32_t (&b)[2]);
// sum[16][8] += a[16][32] b[32][8] for signed bytes: the same with four bytes for each pair and
// c = 4 (lane % 4), halves 16 apart along k.
GCOMPRESS_PTX void mma_m16n8k32_int8(int32_t (&sum)[4], const uint32_t (&a)[4],
                                     const uint32_t (&b)[2]);
// sum[16][8] += a[16][32] b[32][8] for fp16, where of each 4 elements of a row of a only 2 are
// stored: a is the fragment of the stored [16][16] as above, b that of [32][8] as pairs (c, r), (c
// + 8, r), (c + 16, r), (c + 24, r). Metadata has two bits for each stored element, its place in
// its four, lower places first; the lane with lane % 4 == 0 gives those of stored columns 0..7,
// lane % 4 == 1 of 8..15, each of row r in the lower and of row r + 8 in the upper 16 bits. Other
// lanes' metadata is ignored (selector 0). Warp-wide: mma.sp.sync.m16n8k32.
GCOMPRESS_PTX void mma_sparse_m16n8k32_half(float (&sum)[4], const uint32_t (&a)[4],
                                            const uint32_t (&b)[4], uint32_t metadata);

}  // namespace gcompress::cuda

// Shared memory: GCOMPRESS_SHARED(Type, name) in a kernel declares `Type& name`, one for the block
// and of unknown contents; GCOMPRESS_DYNAMIC_SHARED(Type, name) the `Type* name` whose size the
// launch gives.
#ifdef __CUDACC__
#include "ptx_device.h"
#else
namespace gcompress::cuda {
void* static_shared(const void* declaration, unsigned bytes, unsigned alignment);
void* dynamic_shared();
template <int kPending>
void async_wait() {
  async_wait_for(kPending);
}
}  // namespace gcompress::cuda
#define GCOMPRESS_SHARED(Type, name)                                               \
  static const char name##_declaration = 0;                                        \
  using name##_type = Type;                                                        \
  name##_type& name = *static_cast<name##_type*>(::gcompress::cuda::static_shared( \
      &name##_declaration, sizeof(name##_type), alignof(name##_type)))
#define GCOMPRESS_DYNAMIC_SHARED(Type, name) \
  Type* name = static_cast<Type*>(::gcompress::cuda::dynamic_shared())
#endif
