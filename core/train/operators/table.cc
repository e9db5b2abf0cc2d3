// The operators that a Program can run: the families' tables put together, and what they share.
#include <torch/torch.h>

#include <algorithm>
#include <set>
#include <stdexcept>

#include "gcompress/core/train/operators/operator.h"
#include "gcompress/core/train/operators/placement.h"
#include "gcompress/core/train/program.h"

namespace gcompress::train {
namespace {

using Family = std::span<const Row> (*)();
constexpr Family kFamilies[] = {
    activation_rows, arithmetic_rows, comparison_rows, control_flow_rows,  convolution_rows,
    image_rows,      linear_rows,     loss_rows,       normalization_rows, pad_rows,
    pool_rows,       quantized_rows,  random_rows,     recurrent_rows,     reduce_rows,
    resize_rows,     shape_rows,      signal_rows,     slice_rows,         unary_rows,
};

}  // namespace

const Row* find_row(const std::string& domain, const std::string& op_type, std::int64_t opset) {
  const Row* best = nullptr;
  for (const Family family : kFamilies) {
    for (const Row& row : family()) {
      if (op_type == row.op_type && domain == row.domain && row.since <= opset &&
          (best == nullptr || row.since > best->since)) {
        best = &row;
      }
    }
  }
  return best;
}

std::vector<std::string> supported_operators() {
  std::set<std::string> names;
  for (const Family family : kFamilies) {
    for (const Row& row : family()) {
      names.insert(*row.domain == '\0' ? std::string(row.op_type)
                                       : std::string(row.domain) + "." + row.op_type);
    }
  }
  return {names.begin(), names.end()};
}

std::vector<std::int64_t> Ints::operator()(const Call& call) const {
  return known_ ? values_ : integers_of(call[static_cast<std::size_t>(input_)]);
}

Ints Binding::ints(const char* attribute, std::size_t input) const {
  if (has_attribute(attribute)) return Ints(integers(attribute));
  if (!has_input(input)) return {};
  const torch::Tensor value = constant(input);
  return value.defined() ? Ints(integers_of(value)) : Ints(input);
}

std::vector<std::int64_t> integers_of(const torch::Tensor& tensor) {
  const torch::Tensor host = tensor.to(torch::kCPU, torch::kLong).contiguous();
  const auto* values = host.const_data_ptr<std::int64_t>();
  return {values, values + host.numel()};
}

double number_of(const torch::Tensor& tensor) {
  return tensor.to(torch::kCPU, torch::kDouble).reshape({}).item<double>();
}

bool is_wide_unsigned(torch::ScalarType type) {
  return type == torch::kUInt16 || type == torch::kUInt32 || type == torch::kUInt64;
}

torch::Tensor widened(const torch::Tensor& tensor) {
  return is_wide_unsigned(tensor.scalar_type()) ? tensor.to(torch::kLong) : tensor;
}

torch::Tensor placed(const torch::Tensor& tensor, torch::Device device) {
  constexpr std::int64_t kLongestShape = 16;
  const bool shape =
      tensor.scalar_type() == torch::kLong && tensor.dim() <= 1 && tensor.numel() <= kLongestShape;
  return shape ? tensor : tensor.to(device);
}

std::int64_t normalized_axis(std::int64_t axis, std::int64_t rank) {
  const std::int64_t normalized = axis < 0 ? axis + rank : axis;
  if (normalized < 0 || normalized >= std::max<std::int64_t>(rank, 1)) {
    throw std::out_of_range("axis " + std::to_string(axis) + " of a tensor of rank " +
                            std::to_string(rank));
  }
  return normalized;
}

torch::ScalarType scalar_type_attribute(const Binding& node, const char* name, DataType fallback) {
  const auto dtype = static_cast<DataType>(node.integer(name, static_cast<std::int64_t>(fallback)));
  const std::optional<torch::ScalarType> type = scalar_type_of(dtype);
  if (!type) {
    throw Unsupported{node.node.op_type + " with " + name + "=" + name_of(dtype)};
  }
  return *type;
}

}  // namespace gcompress::train
