// Calls the bitmap SpMM.
#pragma once

#include "gcompress/core/kernels/cuda/bitmap_spmm/packing.h"
#include "gcompress/core/kernels/cuda/runtime.h"

namespace gcompress::cuda::bitmap_spmm {

// A packed matrix in device memory.
struct DeviceMatrix {
  explicit DeviceMatrix(const BitmapMatrix& packed);

  int rows;
  int columns;
  ValueType type;
  Array<std::uint32_t> value_begin;
  Array<std::uint32_t> bitmaps;
  Array<std::uint16_t> values;
};

// y = clamp(x w^T + bias) for any number of samples; x has the weight's format, begins at a
// multiple of 16 bytes, and x_stride is a multiple of 8 (else ErrorKind::kUnsupported).
// Asynchronous. tensor_launch.h suggests parts.
void multiply(const DeviceMatrix& weight, const HalfLinear& linear, const Parts& parts,
              Stream stream);

}  // namespace gcompress::cuda::bitmap_spmm
