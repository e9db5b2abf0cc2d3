// The instruction sets of kernels over quads, each in a file of its own; null where the build has
// none.
#pragma once

#include "gcompress/core/kernels/cpu/quad_depthwise.h"
#include "gcompress/core/kernels/cpu/quad_rows.h"
#include "gcompress/core/kernels/cpu/quad_tiles.h"
#include "gcompress/core/kernels/cpu/quad_vector.h"
#include "gcompress/core/kernels/cpu/table_vector.h"

namespace gcompress::kernels {

const QuadKernel* avx512_vnni_quad_kernel();
const QuadKernel* avx_vnni_quad_kernel();
const QuadKernel* avx2_quad_kernel();
const QuadDepthwiseKernel* avx512_vnni_quad_depthwise_kernel();
const QuadDepthwiseKernel* avx_vnni_quad_depthwise_kernel();
const QuadDepthwiseKernel* avx2_quad_depthwise_kernel();
const QuadTileKernel* amx_quad_tile_kernel();
const QuadVectorKernel* avx512_vnni_quad_vector_kernel();
const TableVectorKernel* avx512_vbmi_table_vector_kernel();

}  // namespace gcompress::kernels
