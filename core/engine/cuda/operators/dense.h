// Dense products: by cuBLAS where it is, else by our own kernel.
#pragma once

#include "gcompress/core/engine/cuda/chooser.h"
#include "gcompress/core/kernels/cuda/dense_product/launch.h"

namespace gcompress::engine::gpu {

// y = clamp(a b + bias + residual). With a library a second launch does what follows the product.
void multiply_dense(const cuda::cublas::Library* library,
                    const cuda::dense_product::Product& product, cuda::Stream stream);

// "dense product (cuBLAS)" or "dense product".
std::string dense_name(const Chooser& chooser);

}  // namespace gcompress::engine::gpu
