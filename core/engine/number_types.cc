// Converting element by element.
#include "gcompress/core/engine/number_types.h"

#include <cstdint>
#include <utility>

#include "gcompress/core/engine/drafts.h"

namespace gcompress::engine {
namespace {

template <typename T>
Tensor converted(const Tensor& floats) {
  const auto from = floats.as<float>();
  std::vector<T> values(from.size());
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<T>(from[i]);
  return Tensor::from<T>(floats.shape(), std::move(values));
}

Tensor converted_to(DataType type, const Tensor& floats) {
  switch (type) {
    case DataType::kInt64:
      return converted<std::int64_t>(floats);
    case DataType::kInt32:
      return converted<std::int32_t>(floats);
    case DataType::kBool:
      return Tensor(DataType::kBool, floats.shape(), converted<std::uint8_t>(floats).bytes());
    default:
      return floats;
  }
}

}  // namespace

void check_types(const std::vector<graph::Value>& values) {
  for (const graph::Value& value : values) {
    switch (value.dtype) {
      case DataType::kFloat32:
      case DataType::kInt64:
      case DataType::kInt32:
      case DataType::kBool:
        continue;
      default:
        throw Error(ErrorKind::kUnsupported,
                    "the engine takes and gives float32, int32, int64 and bool, and this is " +
                        name_of(value.dtype),
                    {.file = {}, .node = {}, .value = value.name});
    }
  }
}

execute::Values as_floats(const std::vector<graph::Value>& declared, const execute::Values& given) {
  execute::Values floats;
  for (const graph::Value& input : declared) {
    const Tensor& tensor = given.at(input.name);
    if (tensor.dtype() == DataType::kFloat32) {
      floats[input.name] = tensor;
      continue;
    }
    const std::vector<std::int64_t> integers = to_int64(tensor);
    for (const std::int64_t value : integers) {
      if (value >= -kMostExactInteger && value <= kMostExactInteger) continue;
      throw Error(ErrorKind::kInput,
                  "the engine takes integers up to 2^24, and here is a larger one",
                  {.file = {}, .node = {}, .value = input.name});
    }
    floats[input.name] =
        Tensor::from<float>(tensor.shape(), std::vector<float>(integers.begin(), integers.end()));
  }
  return floats;
}

execute::Values as_declared(const std::vector<graph::Value>& declared, execute::Values floats) {
  for (const graph::Value& output : declared) {
    if (output.dtype == DataType::kFloat32) continue;
    Tensor& tensor = floats.at(output.name);
    tensor = converted_to(output.dtype, tensor);
  }
  return floats;
}

}  // namespace gcompress::engine
