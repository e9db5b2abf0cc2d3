// Small right kernels, for the tests of the CPU execution itself. They also compile with nvcc.
#include "../../core/kernels/cuda/ptx.h"
#include "tests/cuda_on_cpu/small_kernels.h"

using namespace gcompress::cuda;

namespace {

// Two neighbours in memory as a fragment register.
GCOMPRESS_DEVICE uint32_t pair(const uint16_t* elements) {
  return elements[0] | static_cast<uint32_t>(elements[1]) << 16;
}
GCOMPRESS_DEVICE uint32_t four(const signed char* elements) {
  uint32_t word = 0;
  for (int i = 0; i < 4; ++i)
    word |= static_cast<uint32_t>(static_cast<uint8_t>(elements[i])) << 8 * i;
  return word;
}
template <class T>
GCOMPRESS_DEVICE void store_sum(const T (&sum)[4], T* c) {
  const int row = static_cast<int>(threadIdx.x) / 4;
  const int column = threadIdx.x % 4 * 2;
  for (int i = 0; i < 4; ++i) c[(row + i / 2 * 8) * 8 + column + i % 2] = sum[i];
}
GCOMPRESS_DEVICE void load_half_fragments(const uint16_t* a, const uint16_t* b, uint32_t (&fa)[4],
                                          uint32_t (&fb)[2]) {
  const int row = static_cast<int>(threadIdx.x) / 4;
  const int column = threadIdx.x % 4 * 2;
  for (int i = 0; i < 4; ++i) fa[i] = pair(a + (row + i % 2 * 8) * 16 + column + i / 2 * 8);
  for (int i = 0; i < 2; ++i) fb[i] = pair(b + row * 16 + column + i * 8);
}

}  // namespace

extern "C" {

__global__ void tickets(int* next, int* order) {
  if (threadIdx.x == 0) order[atomicAdd(next, 1)] = static_cast<int>(blockIdx.x);
}

__global__ void sums_and_votes(const float* in, float* out, unsigned* votes) {
  float value = in[threadIdx.x];
  const unsigned positive = __ballot_sync(0xffffffffu, value > 0);
  for (int step = 16; step > 0; step /= 2) value += __shfl_xor_sync(0xffffffffu, value, step);
  out[threadIdx.x] = value;
  if (threadIdx.x % 32 == 0) votes[threadIdx.x / 32] = positive;
}

__global__ void transposes(const float* in, float* out, int width) {
  GCOMPRESS_SHARED(float[16][17], tile);
  const int x = static_cast<int>(blockIdx.x * 16 + threadIdx.x);
  const int y = static_cast<int>(blockIdx.y * 16 + threadIdx.y);
  tile[threadIdx.y][threadIdx.x] = in[y * width + x];
  __syncthreads();
  const int row = static_cast<int>(blockIdx.x * 16 + threadIdx.y);
  const int column = static_cast<int>(blockIdx.y * 16 + threadIdx.x);
  out[row * static_cast<int>(gridDim.y) * 16 + column] = tile[threadIdx.x][threadIdx.y];
}

__global__ void product_half(const uint16_t* a, const uint16_t* b, float* c) {
  uint32_t fa[4], fb[2];
  load_half_fragments(a, b, fa, fb);
  float sum[4] = {};
  mma_m16n8k16_half(sum, fa, fb);
  store_sum(sum, c);
}

__global__ void product_bfloat16(const uint16_t* a, const uint16_t* b, float* c) {
  uint32_t fa[4], fb[2];
  load_half_fragments(a, b, fa, fb);
  float sum[4] = {};
  mma_m16n8k16_bfloat16(sum, fa, fb);
  store_sum(sum, c);
}

__global__ void product_int8(const signed char* a, const signed char* b, int* c) {
  const int row = static_cast<int>(threadIdx.x) / 4;
  const int column = threadIdx.x % 4 * 4;
  uint32_t fa[4], fb[2];
  for (int i = 0; i < 4; ++i) fa[i] = four(a + (row + i % 2 * 8) * 32 + column + i / 2 * 16);
  for (int i = 0; i < 2; ++i) fb[i] = four(b + row * 32 + column + i * 16);
  int32_t sum[4] = {};
  mma_m16n8k32_int8(sum, fa, fb);
  store_sum(sum, c);
}

__global__ void product_sparse(const uint16_t* a, const uint16_t* metadata, const uint16_t* b,
                               float* c) {
  const int row = static_cast<int>(threadIdx.x) / 4;
  const int place = static_cast<int>(threadIdx.x) % 4;
  uint32_t fa[4], fb[4];
  for (int i = 0; i < 4; ++i) fa[i] = pair(a + (row + i % 2 * 8) * 16 + place * 2 + i / 2 * 8);
  for (int i = 0; i < 4; ++i) fb[i] = pair(b + row * 32 + place * 2 + i * 8);
  const uint32_t words =
      place < 2
          ? metadata[row * 2 + place] | static_cast<uint32_t>(metadata[(row + 8) * 2 + place]) << 16
          : 0xdeadbeef;  // ignored
  float sum[4] = {};
  mma_sparse_m16n8k32_half(sum, fa, fb, words);
  store_sum(sum, c);
}

__global__ void product_by_ldmatrix(const uint16_t* a, const uint16_t* b, float* c) {
  struct alignas(16) Tiles {
    uint16_t a[16 * 16];
    uint16_t b[16 * 8];
  };
  GCOMPRESS_SHARED(Tiles, tiles);
  for (int i = static_cast<int>(threadIdx.x); i < 256; i += 32) tiles.a[i] = a[i];
  for (int i = static_cast<int>(threadIdx.x); i < 128; i += 32) tiles.b[i] = b[i];
  __syncwarp();
  const int lane = static_cast<int>(threadIdx.x);
  uint32_t fa[4], fb[4];
  load_matrices_4(fa, tiles.a + (lane % 16) * 16 + lane / 16 * 8);
  load_matrices_4_transposed(fb, tiles.b + lane % 16 * 8);  // matrices 2 and 3 repeat
  const uint32_t first[2] = {fb[0], fb[1]};
  float sum[4] = {};
  mma_m16n8k16_half(sum, fa, first);
  store_sum(sum, c);
}

__global__ void converts(float* half, uint16_t* half_back, float* bfloat16,
                         uint16_t* bfloat16_back) {
  const unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
  half[i] = half_to_float(static_cast<uint16_t>(i));
  half_back[i] = float_to_half(half[i]);
  bfloat16[i] = bfloat16_to_float(static_cast<uint16_t>(i));
  bfloat16_back[i] = float_to_bfloat16(bfloat16[i]);
}

__global__ void odds_and_ends(uint32_t a, uint32_t b, const uint32_t* words, uint32_t* out) {
  GCOMPRESS_SHARED(Bytes16[2], copied);
  out[0] = static_cast<uint32_t>(dot_4_bytes(a, b, 10));
  out[1] = permute_bytes(a, b, 0x7531);
  async_copy_16(&copied[0], words, 5);
  async_copy_4(&copied[1], words + 1000000, 0);  // not read
  async_commit();
  async_wait<0>();
  const Bytes16 first = load_16(&copied[0]);
  for (int i = 0; i < 4; ++i) out[2 + i] = first.words[i];
  out[6] = copied[1].words[0];
}

}  // extern "C"
