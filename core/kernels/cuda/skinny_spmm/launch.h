// Calls the skinny SpMM.
#pragma once

#include "gcompress/core/kernels/cuda/runtime.h"
#include "gcompress/core/kernels/cuda/skinny_spmm/packing.h"

namespace gcompress::cuda::skinny_spmm {

// A packed matrix in device memory.
struct DeviceMatrix {
  explicit DeviceMatrix(const SlabMatrix& packed);

  int rows;
  int columns;
  ValueType type;
  Array<std::uint32_t> segment_begin;
  Array<std::uint8_t> indices;
  Array<std::byte> values;
};

// y = clamp(x w^T + bias) for 1 to 16 samples, any type but kInt8; ErrorKind::kUnsupported for
// more. Asynchronous.
void multiply(const DeviceMatrix& weight, const Linear& linear, Stream stream);

// y = clamp(scale[row] * (x w^T) + bias) for a weight of kInt8, likewise. `scale` is on the device,
// [rows].
void multiply_int8(const DeviceMatrix& weight, const float* scale, const Int8Linear& linear,
                   Stream stream);

}  // namespace gcompress::cuda::skinny_spmm
