// Sparse rows and filters a channel over quads with vpdpbusd of AVX-VNNI: 32 bytes at once, for
// processors without AVX-512.
#include <hwy/base.h>

#include "gcompress/core/kernels/cpu/quad_kernels.h"

#if HWY_ARCH_X86_64
#include <cpuid.h>
#include <immintrin.h>

#include <algorithm>
#include <array>

HWY_PUSH_ATTRIBUTES("avx2,fma,avxvnni")
#include "gcompress/core/kernels/cpu/quad_depthwise_algorithm.h"
#include "gcompress/core/kernels/cpu/quad_rows_algorithm.h"
#include "gcompress/core/kernels/cpu/quad_rows_avx2_vectors.h"

namespace gcompress::kernels {
namespace {

struct AvxVnni : Avx2Vectors {
  // _mm256_dpbusd_avx_epi32, for which GCC 12 copies the sum to another register and back every
  // time.
  static HWY_INLINE Ints dot(Ints sum, Ints inputs, Ints weights) {
    asm("%{vex%} vpdpbusd %2, %1, %0" : "+x"(sum) : "x"(inputs), "x"(weights));
    return sum;
  }
};

// AVX-VNNI has no name in older compilers' __builtin_cpu_supports.
bool runs_here() {
  unsigned eax = 0;
  unsigned ebx = 0;
  unsigned ecx = 0;
  unsigned edx = 0;
  constexpr unsigned kAvxVnni = 1U << 4U;
  return __get_cpuid_count(7, 1, &eax, &ebx, &ecx, &edx) != 0 && (eax & kAvxVnni) != 0 &&
         __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

constexpr QuadKernel kKernel{.name = "AVX-VNNI",
                             .runs_here = runs_here,
                             .wants_split_pairs = false,
                             .multiply = multiply<AvxVnni>,
                             .multiply_to_floats = multiply_to_floats<AvxVnni>};
constexpr QuadDepthwiseKernel kDepthwiseKernel{.name = kKernel.name,
                                               .runs_here = runs_here,
                                               .wants_split_pairs = false,
                                               .multiply = multiply_depthwise<AvxVnni>};

}  // namespace

const QuadKernel* avx_vnni_quad_kernel() { return &kKernel; }
const QuadDepthwiseKernel* avx_vnni_quad_depthwise_kernel() { return &kDepthwiseKernel; }

}  // namespace gcompress::kernels
HWY_POP_ATTRIBUTES
#else
namespace gcompress::kernels {
const QuadKernel* avx_vnni_quad_kernel() { return nullptr; }
const QuadDepthwiseKernel* avx_vnni_quad_depthwise_kernel() { return nullptr; }
}  // namespace gcompress::kernels
#endif
