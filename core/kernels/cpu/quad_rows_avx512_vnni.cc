// Sparse rows and filters a channel over quads with vpdpbusd of AVX-512 VNNI, 64 bytes at once.
// Intrinsics, since Highway 1.0.3 does not know the instruction.
#include <hwy/base.h>

#include "gcompress/core/kernels/cpu/quad_kernels.h"

#if HWY_ARCH_X86_64
#include <algorithm>

#include "gcompress/core/kernels/cpu/avx512_intrinsics.h"

HWY_PUSH_ATTRIBUTES("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")
#include "gcompress/core/kernels/cpu/quad_avx512_vnni_vectors.h"
#include "gcompress/core/kernels/cpu/quad_depthwise_algorithm.h"
#include "gcompress/core/kernels/cpu/quad_rows_algorithm.h"

namespace gcompress::kernels {
namespace {

bool runs_here() {
  return __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
}

constexpr QuadKernel kKernel{.name = "AVX-512 VNNI",
                             .runs_here = runs_here,
                             .wants_split_pairs = false,
                             .multiply = multiply<Avx512Vnni>,
                             .multiply_to_floats = multiply_to_floats<Avx512Vnni>};
constexpr QuadDepthwiseKernel kDepthwiseKernel{.name = kKernel.name,
                                               .runs_here = runs_here,
                                               .wants_split_pairs = false,
                                               .multiply = multiply_depthwise<Avx512Vnni>};

}  // namespace

const QuadKernel* avx512_vnni_quad_kernel() { return &kKernel; }
const QuadDepthwiseKernel* avx512_vnni_quad_depthwise_kernel() { return &kDepthwiseKernel; }

}  // namespace gcompress::kernels
HWY_POP_ATTRIBUTES
#else
namespace gcompress::kernels {
const QuadKernel* avx512_vnni_quad_kernel() { return nullptr; }
const QuadDepthwiseKernel* avx512_vnni_quad_depthwise_kernel() { return nullptr; }
}  // namespace gcompress::kernels
#endif
