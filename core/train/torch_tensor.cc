// Tensors to torch and back.
#include <torch/torch.h>

#include <cstring>

#include "gcompress/core/train/operators/operator.h"
#include "gcompress/core/train/program.h"

namespace gcompress::train {
namespace {

struct TypeRow {
  DataType dtype;
  torch::ScalarType type;
};
constexpr TypeRow kTypes[] = {
    {DataType::kFloat32, torch::kFloat},
    {DataType::kUint8, torch::kUInt8},
    {DataType::kInt8, torch::kInt8},
    {DataType::kUint16, torch::kUInt16},
    {DataType::kInt16, torch::kInt16},
    {DataType::kInt32, torch::kInt32},
    {DataType::kInt64, torch::kInt64},
    {DataType::kBool, torch::kBool},
    {DataType::kFloat16, torch::kHalf},
    {DataType::kFloat64, torch::kDouble},
    {DataType::kUint32, torch::kUInt32},
    {DataType::kUint64, torch::kUInt64},
    {DataType::kComplex64, torch::kComplexFloat},
    {DataType::kComplex128, torch::kComplexDouble},
    {DataType::kBfloat16, torch::kBFloat16},
};

}  // namespace

std::optional<torch::ScalarType> scalar_type_of(DataType dtype) {
  for (const TypeRow& row : kTypes) {
    if (row.dtype == dtype) return row.type;
  }
  return std::nullopt;
}

DataType data_type_of(torch::ScalarType type) {
  for (const TypeRow& row : kTypes) {
    if (row.type == type) return row.dtype;
  }
  throw Error(ErrorKind::kUnsupported,
              std::string("tensors of torch's type ") + c10::toString(type));
}

torch::Tensor to_torch(const Tensor& tensor) {
  const std::optional<torch::ScalarType> type = scalar_type_of(tensor.dtype());
  if (!type) {
    throw Error(ErrorKind::kUnsupported,
                "training has no tensors of type " + name_of(tensor.dtype()));
  }
  torch::Tensor copy = torch::empty(tensor.shape(), torch::TensorOptions().dtype(*type));
  if (tensor.byte_size() > 0) {
    std::memcpy(copy.mutable_data_ptr(), tensor.bytes().data(), tensor.byte_size());
  }
  return copy;
}

Tensor from_torch(const torch::Tensor& tensor) {
  const torch::Tensor host =
      tensor.detach().to(torch::kCPU).contiguous(torch::MemoryFormat::Contiguous);
  std::string bytes(host.nbytes(), '\0');
  if (!bytes.empty()) std::memcpy(bytes.data(), host.const_data_ptr(), bytes.size());
  return Tensor(data_type_of(host.scalar_type()), host.sizes().vec(), Bytes::own(std::move(bytes)));
}

}  // namespace gcompress::train
