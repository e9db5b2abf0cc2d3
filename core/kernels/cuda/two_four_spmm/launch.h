// Calls the two-of-four SpMM.
#pragma once

#include "gcompress/core/kernels/cuda/runtime.h"
#include "gcompress/core/kernels/cuda/two_four_spmm/packing.h"

namespace gcompress::cuda::two_four_spmm {

// A packed matrix in device memory.
struct DeviceMatrix {
  explicit DeviceMatrix(const TwoFourMatrix& packed);

  int rows;
  int columns;
  Array<std::uint32_t> value_begin;
  Array<std::uint32_t> bitmaps;
  Array<std::uint16_t> values;
  Array<std::uint32_t> residual_begin;
  Array<ResidualEntry> residual;
};

// y = clamp(x w^T + bias) for any number of samples; x is fp16, begins at a multiple of 16 bytes,
// and x_stride is a multiple of 8 (else ErrorKind::kUnsupported). Asynchronous. tensor_launch.h
// suggests parts.
void multiply(const DeviceMatrix& weight, const HalfLinear& linear, const Parts& parts,
              Stream stream);

}  // namespace gcompress::cuda::two_four_spmm
