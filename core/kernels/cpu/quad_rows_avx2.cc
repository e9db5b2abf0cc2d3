// Sparse rows and filters a channel over quads without VNNI: vpmaddubsw adds two products in 16
// bits, which hold them because pairs that could saturate were split before (split_pairs).
#include <hwy/base.h>

#include "gcompress/core/kernels/cpu/quad_kernels.h"

#if HWY_ARCH_X86_64
#include <immintrin.h>

#include <algorithm>
#include <array>

HWY_PUSH_ATTRIBUTES("avx2,fma")
#include "gcompress/core/kernels/cpu/quad_depthwise_algorithm.h"
#include "gcompress/core/kernels/cpu/quad_rows_algorithm.h"
#include "gcompress/core/kernels/cpu/quad_rows_avx2_vectors.h"

namespace gcompress::kernels {
namespace {

struct Avx2 : Avx2Vectors {
  static HWY_INLINE Ints dot(Ints sum, Ints inputs, Ints weights) {
    const Ints pairs = _mm256_maddubs_epi16(inputs, weights);
    return _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
  }
};

bool runs_here() { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }

constexpr QuadKernel kKernel{.name = "AVX2",
                             .runs_here = runs_here,
                             .wants_split_pairs = true,
                             .multiply = multiply<Avx2>,
                             .multiply_to_floats = multiply_to_floats<Avx2>};
constexpr QuadDepthwiseKernel kDepthwiseKernel{.name = kKernel.name,
                                               .runs_here = runs_here,
                                               .wants_split_pairs = true,
                                               .multiply = multiply_depthwise<Avx2>};

}  // namespace

const QuadKernel* avx2_quad_kernel() { return &kKernel; }
const QuadDepthwiseKernel* avx2_quad_depthwise_kernel() { return &kDepthwiseKernel; }

}  // namespace gcompress::kernels
HWY_POP_ATTRIBUTES
#else
namespace gcompress::kernels {
const QuadKernel* avx2_quad_kernel() { return nullptr; }
const QuadDepthwiseKernel* avx2_quad_depthwise_kernel() { return nullptr; }
}  // namespace gcompress::kernels
#endif
