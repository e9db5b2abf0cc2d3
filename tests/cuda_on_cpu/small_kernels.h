// The kernels of small_kernels.cu.
#pragma once

#include <stdint.h>

#ifndef __CUDACC__
#define __global__
#endif

extern "C" {
// order[ticket] = block, in the order in which blocks run.
__global__ void tickets(int* next, int* order);
// out[i] = sum of the 32 values of i's warp, by shuffles; votes[w] = who of warp w is positive.
__global__ void sums_and_votes(const float* in, float* out, unsigned* votes);
// A transposed block by shared memory: 16 x 16 threads in two dimensions.
__global__ void transposes(const float* in, float* out, int width);
// Tensor-core products of one warp: a row-major, b column-major ([8][k]), c [16][8] row-major.
__global__ void product_half(const uint16_t* a, const uint16_t* b, float* c);
__global__ void product_bfloat16(const uint16_t* a, const uint16_t* b, float* c);
__global__ void product_int8(const signed char* a, const signed char* b, int* c);
// a: the stored [16][16], metadata: [16][2] words of 16 bits, b [8][32], c [16][8].
__global__ void product_sparse(const uint16_t* a, const uint16_t* metadata, const uint16_t* b,
                               float* c);
// The same product as product_half by ldmatrix: b is [16][8] row-major, loaded transposed.
__global__ void product_by_ldmatrix(const uint16_t* a, const uint16_t* b, float* c);
// out[i] = value of the half (bfloat16) i; back[i]: rounded again.
__global__ void converts(float* half, uint16_t* half_back, float* bfloat16,
                         uint16_t* bfloat16_back);
// out = {dot_4_bytes(a, b, 10), permute_bytes(a, b, 0x7531), copies with 5 of 16 and 0 of 4 bytes
// valid}
__global__ void odds_and_ends(uint32_t a, uint32_t b, const uint32_t* words, uint32_t* out);
}
