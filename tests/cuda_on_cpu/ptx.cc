// The wrappers of core/kernels/cuda/ptx.h on the CPU. Fragment layouts are those of the PTX ISA
// manual, section "Warp-level matrix instructions"; ptx_test.cc holds each against a plain product.
#include "gcompress/core/kernels/cuda/ptx.h"

#include <Eigen/Core>
#include <bit>
#include <cstring>

#include "tests/cuda_on_cpu/block.h"
#include "tests/cuda_on_cpu/memory.h"

namespace gcompress::cuda {
namespace {

using cuda_on_cpu::check_access;
using cuda_on_cpu::kWarpSize;
using cuda_on_cpu::warp_operation;
using cuda_on_cpu::WarpPayloads;

constexpr std::uint32_t kAllLanes = 0xffffffff;

template <class Bytes>
Bytes load(const void* from) {
  check_access(reinterpret_cast<std::uintptr_t>(from), sizeof(Bytes), false);
  Bytes bytes;
  std::memcpy(&bytes, from, sizeof bytes);
  return bytes;
}

template <class Bytes>
void store(void* to, const Bytes& bytes) {
  check_access(reinterpret_cast<std::uintptr_t>(to), sizeof(Bytes), true);
  std::memcpy(to, &bytes, sizeof bytes);
}

// Element i of a fragment register that holds elements of `bits` bits.
std::uint32_t element(std::uint32_t word, int i, int bits) {
  return word >> (i * bits) & ((1u << bits) - 1);
}

float decode_half(std::uint32_t bits) { return half_to_float(static_cast<std::uint16_t>(bits)); }
float decode_bfloat16(std::uint32_t bits) {
  return bfloat16_to_float(static_cast<std::uint16_t>(bits));
}
std::int32_t decode_int8(std::uint32_t bits) { return static_cast<std::int8_t>(bits); }

template <class Sum>
struct Product {
  Sum* sum;
  const std::uint32_t* a;
  const std::uint32_t* b;
  std::uint32_t metadata;
};

// sum += a b where lanes hold fragments: a is [16][2 kHalf], b [2 kHalf][8], kHalf = 8 pairs of 16
// bits or 16 bytes; registers hold kHalf / 4 elements.
template <class Sum, auto kDecode, int kBits>
void multiply(WarpPayloads& lanes, std::uint32_t) {
  constexpr int kPer = 32 / kBits;
  constexpr int kHalf = 4 * kPer;
  Sum a[16][2 * kHalf];
  Sum b[2 * kHalf][8];
  for (int l = 0; l < kWarpSize; ++l) {
    const auto& lane = *static_cast<const Product<Sum>*>(lanes[static_cast<std::size_t>(l)]);
    const int row = l / 4;
    const int column = l % 4 * kPer;
    for (int i = 0; i < kPer; ++i) {
      for (int r = 0; r < 4; ++r) {
        a[row + r % 2 * 8][column + r / 2 * kHalf + i] = kDecode(element(lane.a[r], i, kBits));
      }
      for (int r = 0; r < 2; ++r)
        b[column + r * kHalf + i][row] = kDecode(element(lane.b[r], i, kBits));
    }
  }
  for (int l = 0; l < kWarpSize; ++l) {
    Sum* sum = static_cast<const Product<Sum>*>(lanes[static_cast<std::size_t>(l)])->sum;
    for (int i = 0; i < 4; ++i) {
      const int row = l / 4 + i / 2 * 8;
      const int column = l % 4 * 2 + i % 2;
      for (int k = 0; k < 2 * kHalf; ++k) sum[i] += a[row][k] * b[k][column];
    }
  }
}

// The metadata of row `row`, stored columns 8 half .. 8 half + 7: 2 bits each.
std::uint32_t metadata_of(const WarpPayloads& lanes, int row, int half) {
  const auto lane = static_cast<std::size_t>(row % 8 * 4 + half);
  return static_cast<const Product<float>*>(lanes[lane])->metadata >> (row / 8 * 16) & 0xffff;
}

void multiply_sparse(WarpPayloads& lanes, std::uint32_t) {
  float a[16][32] = {};
  float b[32][8];
  for (int l = 0; l < kWarpSize; ++l) {
    const auto& lane = *static_cast<const Product<float>*>(lanes[static_cast<std::size_t>(l)]);
    for (int r = 0; r < 4; ++r) {
      const int row = l / 4 + r % 2 * 8;
      for (int i = 0; i < 2; ++i) {
        const int stored = l % 4 * 2 + i;  // of 8, in this half
        const std::uint32_t place = metadata_of(lanes, row, r / 2) >> (2 * stored) & 3;
        a[row][r / 2 * 16 + stored / 2 * 4 + static_cast<int>(place)] +=
            decode_half(element(lane.a[r], i, 16));
        b[l % 4 * 2 + 8 * r + i][l / 4] = decode_half(element(lane.b[r], i, 16));
      }
    }
  }
  for (int l = 0; l < kWarpSize; ++l) {
    float* sum = static_cast<const Product<float>*>(lanes[static_cast<std::size_t>(l)])->sum;
    for (int i = 0; i < 4; ++i) {
      for (int k = 0; k < 32; ++k) sum[i] += a[l / 4 + i / 2 * 8][k] * b[k][l % 4 * 2 + i % 2];
    }
  }
}

struct MatrixLoad {
  std::uint32_t* fragments;
  const void* row;
};

template <int kCount, bool kTransposed>
void load_matrices(std::uint32_t* fragments, const void* row) {
  if (cuda_on_cpu::lane() < 8 * kCount) {
    check_access(reinterpret_cast<std::uintptr_t>(row), 16, false);
  }
  MatrixLoad mine{fragments, row};
  warp_operation(kAllLanes, "ldmatrix", &mine, [](WarpPayloads& lanes, std::uint32_t) {
    for (int matrix = 0; matrix < kCount; ++matrix) {
      std::uint16_t elements[8][8];
      for (int r = 0; r < 8; ++r) {
        const auto source = static_cast<std::size_t>(matrix * 8 + r);
        std::memcpy(elements[r], static_cast<const MatrixLoad*>(lanes[source])->row, 16);
      }
      for (int l = 0; l < kWarpSize; ++l) {
        const int i = l / 4;
        const int j = l % 4 * 2;
        const std::uint32_t low = kTransposed ? elements[j][i] : elements[i][j];
        const std::uint32_t high = kTransposed ? elements[j + 1][i] : elements[i][j + 1];
        static_cast<const MatrixLoad*>(lanes[static_cast<std::size_t>(l)])->fragments[matrix] =
            low | high << 16;
      }
    }
  });
}

}  // namespace

uint32_t load_4(const void* from) { return load<uint32_t>(from); }
Bytes8 load_8(const void* from) { return load<Bytes8>(from); }
Bytes16 load_16(const void* from) { return load<Bytes16>(from); }
void store_4(void* to, uint32_t word) { store(to, word); }
void store_8(void* to, Bytes8 bytes) { store(to, bytes); }
void store_16(void* to, Bytes16 bytes) { store(to, bytes); }

float bits_to_float(uint32_t bits) { return std::bit_cast<float>(bits); }
uint32_t float_to_bits(float value) { return std::bit_cast<uint32_t>(value); }

float half_to_float(uint16_t bits) { return static_cast<float>(std::bit_cast<Eigen::half>(bits)); }
float bfloat16_to_float(uint16_t bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}
uint16_t float_to_half(float value) { return std::bit_cast<uint16_t>(Eigen::half(value)); }
uint16_t float_to_bfloat16(float value) { return std::bit_cast<uint16_t>(Eigen::bfloat16(value)); }

uint32_t permute_bytes(uint32_t low, uint32_t high, uint32_t selector) {
  const std::uint64_t all = static_cast<std::uint64_t>(high) << 32 | low;
  std::uint32_t result = 0;
  for (int i = 0; i < 4; ++i) {
    const auto byte = static_cast<std::uint32_t>(all >> (selector >> (4 * i) & 7) * 8 & 0xff);
    result |= byte << (8 * i);
  }
  return result;
}

int32_t dot_4_bytes(uint32_t a, uint32_t b, int32_t sum) {
  for (int i = 0; i < 4; ++i) sum += decode_int8(element(a, i, 8)) * decode_int8(element(b, i, 8));
  return sum;
}

void async_copy_16(void* shared, const void* from, int valid) {
  cuda_on_cpu::begin_copy(shared, from, 16, valid);
}
void async_copy_4(void* shared, const void* from, int valid) {
  cuda_on_cpu::begin_copy(shared, from, 4, valid);
}
void async_commit() { cuda_on_cpu::close_copy_group(); }
void async_wait_for(int pending) { cuda_on_cpu::wait_for_copies(pending); }

void load_matrices_2(uint32_t (&fragments)[2], const void* row) {
  load_matrices<2, false>(fragments, row);
}
void load_matrices_4(uint32_t (&fragments)[4], const void* row) {
  load_matrices<4, false>(fragments, row);
}
void load_matrices_4_transposed(uint32_t (&fragments)[4], const void* row) {
  load_matrices<4, true>(fragments, row);
}

void mma_m16n8k16_half(float (&sum)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
  Product<float> mine{sum, a, b, 0};
  warp_operation(kAllLanes, "mma (half)", &mine, &multiply<float, decode_half, 16>);
}
void mma_m16n8k16_bfloat16(float (&sum)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
  Product<float> mine{sum, a, b, 0};
  warp_operation(kAllLanes, "mma (bfloat16)", &mine, &multiply<float, decode_bfloat16, 16>);
}
void mma_m16n8k32_int8(int32_t (&sum)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
  Product<std::int32_t> mine{sum, a, b, 0};
  warp_operation(kAllLanes, "mma (int8)", &mine, &multiply<std::int32_t, decode_int8, 8>);
}
void mma_sparse_m16n8k32_half(float (&sum)[4], const uint32_t (&a)[4], const uint32_t (&b)[4],
                              uint32_t metadata) {
  Product<float> mine{sum, a, b, metadata};
  warp_operation(kAllLanes, "mma.sp (half)", &mine, &multiply_sparse);
}

void* static_shared(const void* declaration, unsigned bytes, unsigned alignment) {
  return cuda_on_cpu::shared::variable(declaration, bytes, alignment);
}
void* dynamic_shared() { return cuda_on_cpu::shared::dynamic_memory(); }

}  // namespace gcompress::cuda
