// The header of a .npy file, NumPy's format for one array.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "gcompress/core/base/tensor.h"

namespace gcompress::data {

struct NpyHeader {
  DataType dtype = DataType::kUndefined;
  bool big_endian = false;
  bool column_major = false;  // fortran_order
  Shape shape;
  std::size_t data_offset = 0;  // bytes before the elements
};

// Reads the header at the start of `bytes` (versions 1 to 3). `bytes` may go on behind it; 65,536
// bytes are enough for every header that is taken. Throws Error(kInput): not a .npy file, a type
// that no tensor has (strings, objects, records, complex numbers), or a damaged header.
NpyHeader parse_npy_header(std::string_view bytes);

// The header and padding of a .npy file for a tensor in row-major order. Throws Error(kUnsupported)
// for types that NumPy does not have.
std::string npy_header(DataType dtype, const Shape& shape);

// Elements as they lie in the file, turned into little-endian row-major order.
Tensor npy_tensor(const NpyHeader& header, std::vector<std::byte> elements);

}  // namespace gcompress::data
