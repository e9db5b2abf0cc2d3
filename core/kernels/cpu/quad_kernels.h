// The instruction sets of quad_rows.h, each in a file of its own; null where the build has none.
#pragma once

#include "gcompress/core/kernels/cpu/quad_rows.h"

namespace gcompress::kernels {

const QuadKernel* avx512_vnni_quad_kernel();
const QuadKernel* avx_vnni_quad_kernel();
const QuadKernel* avx2_quad_kernel();

}  // namespace gcompress::kernels
