// Tensor elements in protobuf's typed fields (float_data, int32_data, ...). Internal to core/onnx.
#pragma once

#include "gcompress/core/base/tensor.h"
#include "gcompress/core/onnx/internal/message.h"

namespace gcompress::onnx::internal {

// True if ONNX defines this element type.
bool is_known(DataType dtype);

// The elements of the typed field that belongs to the dtype. The field is cleared, unless encoding
// the elements again would not give the same entries (an int8 of -1 written as 255, say): then it
// stays, and with it the message's opaque part. Throws Error(kInput) if their number does not fit
// the shape, or an entry its type.
Tensor take_typed(::onnx::TensorProto& message, DataType dtype, const Shape& shape);

// Writes the elements into the typed field. If the message already holds entries that mean just
// these elements, they stay as they are.
void put_typed(const Tensor& tensor, ::onnx::TensorProto& message);

}  // namespace gcompress::onnx::internal
