#include "gcompress/core/engine/cuda/operators/dense.h"

#include <cmath>

#include "gcompress/core/base/error.h"
#include "gcompress/core/kernels/cuda/elementwise/launch.h"

namespace gcompress::engine::gpu {

void multiply_dense(const cuda::cublas::Library* library,
                    const cuda::dense_product::Product& product, cuda::Stream stream) {
  if (library == nullptr || !cuda::cublas::takes(product)) {
    return cuda::dense_product::multiply(product, stream);
  }
  GCOMPRESS_CHECK(product.row_bias == nullptr || product.column_bias == nullptr);
  cuda::dense_product::Product plain = product;
  plain.row_bias = plain.column_bias = plain.residual = nullptr;
  library->multiply(plain);
  const float* bias = product.row_bias != nullptr ? product.row_bias : product.column_bias;
  const bool clamps = std::isfinite(product.low) || std::isfinite(product.high);
  if (bias == nullptr && product.residual == nullptr && !clamps) return;
  const bool by_row = product.row_bias != nullptr;
  cuda::elementwise::finish({.y = product.y,
                             .bias = bias,
                             .residual = product.residual,
                             .channels = by_row ? product.m : product.n,
                             .inner = by_row ? product.n : 1,
                             .count = product.batches * product.m * product.n,
                             .low = product.low,
                             .high = product.high},
                            stream);
}

std::string dense_name(const Chooser& chooser) {
  return chooser.library() != nullptr ? "dense product (cuBLAS)" : "dense product";
}

}  // namespace gcompress::engine::gpu
