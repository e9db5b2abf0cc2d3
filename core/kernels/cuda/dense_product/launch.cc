#include "gcompress/core/kernels/cuda/dense_product/launch.h"

#include "gcompress/core/base/error.h"
#include "gcompress/core/kernels/cuda/dense_product/kernels.h"

namespace gcompress::cuda::dense_product {

void multiply(const Product& p, Stream stream) {
  constexpr unsigned kTile = 64;
  constexpr unsigned kThreads = 256;
  constexpr int kMostBatches = 65535;
  GCOMPRESS_CHECK(p.batches <= kMostBatches);
  if (p.m <= 0 || p.n <= 0 || p.batches <= 0) return;
  const auto tiles = [](int size) { return (static_cast<unsigned>(size) + kTile - 1) / kTile; };
  GCOMPRESS_CHECK(tiles(p.m) <= kMostBatches);
  const std::int64_t elements = std::int64_t{p.m} * p.n;
  launch_kernel<&::dense_product>(
      "dense_product", {{tiles(p.n), tiles(p.m), static_cast<unsigned>(p.batches)}, {kThreads}},
      stream, p.a.values, p.b.values, p.row_bias, p.column_bias, p.residual, p.y, p.m, p.n, p.k,
      p.a.batch, p.a.row_step, p.a.column_step, p.b.batch, p.b.row_step, p.b.column_step, elements,
      std::int64_t{p.n}, p.low, p.high);
}

}  // namespace gcompress::cuda::dense_product
