// What layers are expected to take on a GPU: the limits of docs/cuda.md with the device's own
// figures. Predictions, no measurements; they only say which way to try first.
#pragma once

#include <cstdint>

#include "gcompress/core/kernels/cuda/devices.h"
#include "gcompress/core/kernels/cuda/reference.h"
#include "gcompress/core/kernels/cuda/sparse_convolution/packing.h"

namespace gcompress::engine::gpu {

// Rates of a device, in units of a second.
struct Machine {
  explicit Machine(const cuda::DeviceFacts& device);

  double multiprocessors;
  double issue;         // instructions of warps
  double shared;        // passes of shared memory
  double float_flops;   // on CUDA cores
  double half_flops;    // on tensor cores
  double memory_bytes;  // of device memory
  double cache_bytes;   // of the second-level cache
};

// y = x w^T: w [rows][columns], of which `nonzeros` are not zero.
struct LinearSize {
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::int64_t samples = 0;
  std::int64_t nonzeros = 0;
};

// Seconds, launches included.
double predict_skinny(const Machine& machine, const LinearSize& size);  // in parts of 16 samples
double predict_bitmap(const Machine& machine, const LinearSize& size, bool two_four);
double predict_sparse_convolution(const Machine& machine, const cuda::ConvolutionShape& shape,
                                  const cuda::sparse_convolution::TileShape& tile,
                                  std::int64_t nonzeros);

// y [m][n] = a [m][k] b [k][n], by cuBLAS or by our own kernel.
struct ProductSize {
  std::int64_t m = 0;
  std::int64_t n = 0;
  std::int64_t k = 0;
  std::int64_t batches = 1;
};
double predict_product(const Machine& machine, const ProductSize& size, bool by_library);
// Writing and reading the unfolded matrices of a convolution.
double predict_unfolding(const Machine& machine, double elements);

}  // namespace gcompress::engine::gpu
