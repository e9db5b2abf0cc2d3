// CUDA's own words for a C++ compiler: included before a kernel's source when it is compiled for
// the CPU (the -include option in tests/CMakeLists.txt). Only what our kernels use.
#pragma once

#include <math.h>
#include <stdint.h>

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __launch_bounds__(...)

namespace gcompress::cuda_on_cpu {

struct uint3 {
  unsigned x, y, z;
};
// Constant for the thread that asks, so the compiler may ask once.
[[gnu::const]] uint3 cuda_thread_index();
[[gnu::const]] uint3 cuda_block_index();
[[gnu::const]] uint3 cuda_block_size();
[[gnu::const]] uint3 cuda_grid_size();

uint32_t shuffle(uint32_t mask, uint32_t bits, int from_lane, const char* name);
int shuffle_source(const char* kind, int operand, int width);

template <class T>
T shuffle_value(uint32_t mask, T value, int from_lane, const char* name) {
  static_assert(sizeof(T) == 4);
  return __builtin_bit_cast(T, shuffle(mask, __builtin_bit_cast(uint32_t, value), from_lane, name));
}
uint32_t ballot(uint32_t mask, bool vote);
int own_lane();

}  // namespace gcompress::cuda_on_cpu

#define threadIdx (::gcompress::cuda_on_cpu::cuda_thread_index())
#define blockIdx (::gcompress::cuda_on_cpu::cuda_block_index())
#define blockDim (::gcompress::cuda_on_cpu::cuda_block_size())
#define gridDim (::gcompress::cuda_on_cpu::cuda_grid_size())

void __syncthreads();
void __syncwarp(unsigned mask = 0xffffffffu);

template <class T>
T __shfl_sync(unsigned mask, T value, int lane) {
  return gcompress::cuda_on_cpu::shuffle_value(mask, value, lane & 31, "__shfl_sync");
}
template <class T>
T __shfl_xor_sync(unsigned mask, T value, int bits) {
  const int lane = gcompress::cuda_on_cpu::own_lane() ^ bits;
  return gcompress::cuda_on_cpu::shuffle_value(mask, value, lane, "__shfl_xor_sync");
}
template <class T>
T __shfl_down_sync(unsigned mask, T value, int by) {
  const int own = gcompress::cuda_on_cpu::own_lane();
  return gcompress::cuda_on_cpu::shuffle_value(mask, value, own + by < 32 ? own + by : own,
                                               "__shfl_down_sync");
}
template <class T>
T __shfl_up_sync(unsigned mask, T value, int by) {
  const int own = gcompress::cuda_on_cpu::own_lane();
  return gcompress::cuda_on_cpu::shuffle_value(mask, value, own - by >= 0 ? own - by : own,
                                               "__shfl_up_sync");
}
inline unsigned __ballot_sync(unsigned mask, bool vote) {
  return gcompress::cuda_on_cpu::ballot(mask, vote);
}
inline bool __any_sync(unsigned mask, bool vote) {
  return gcompress::cuda_on_cpu::ballot(mask, vote) != 0;
}
inline bool __all_sync(unsigned mask, bool vote) {
  return gcompress::cuda_on_cpu::ballot(mask, vote) == mask;
}

// Atomics order themselves: no two of them race.
int atomicAdd(int* address, int value);
unsigned atomicAdd(unsigned* address, unsigned value);
float atomicAdd(float* address, float value);
int atomicMax(int* address, int value);

inline int __popc(unsigned bits) { return __builtin_popcount(bits); }
inline int __popcll(unsigned long long bits) { return __builtin_popcountll(bits); }
inline int __ffs(int bits) { return __builtin_ffs(bits); }
inline int __clz(int bits) { return bits == 0 ? 32 : __builtin_clz(static_cast<unsigned>(bits)); }
template <class T>
T __ldg(const T* address) {
  return *address;
}
template <class T>
T min(T a, T b) {
  return b < a ? b : a;
}
template <class T>
T max(T a, T b) {
  return a < b ? b : a;
}
