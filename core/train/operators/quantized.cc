// Quantized operators, computed in floating point. Gradients pass QuantizeLinear straight through
// (zero where the value saturates), so that networks with quantize/dequantize pairs can be trained.
#include <torch/torch.h>

#include <limits>
#include <utility>

#include "gcompress/core/train/operators/operator.h"
#include "gcompress/core/train/operators/window.h"

namespace gcompress::train {
namespace {

std::pair<double, double> range_of(torch::ScalarType type) {
  switch (type) {
    case torch::kInt8:
      return {-128, 127};
    case torch::kUInt8:
      return {0, 255};
    case torch::kInt16:
      return {-32768, 32767};
    case torch::kUInt16:
      return {0, 65535};
    default:
      return {std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()};
  }
}

// Scale or zero point, spread over x: one for all, one along `axis`, or one per block of it.
torch::Tensor spread(const torch::Tensor& values, const torch::Tensor& x, std::int64_t axis,
                     std::int64_t block) {
  if (values.numel() == 1) return values.reshape({});
  const std::int64_t along = normalized_axis(axis, x.dim());
  if (block > 0) {
    return values.repeat_interleave(block, along).slice(along, 0, x.size(along));
  }
  if (values.dim() > 1) return values;
  std::vector<std::int64_t> shape(static_cast<std::size_t>(x.dim()), 1);
  shape[static_cast<std::size_t>(along)] = -1;
  return values.reshape(shape);
}

// saturate(round to even(x / scale) + zero point), as floating point values.
torch::Tensor quantized_values(const torch::Tensor& x, const torch::Tensor& scale,
                               const torch::Tensor& zero_point, torch::ScalarType type) {
  const auto [low, high] = range_of(type);
  const torch::Tensor scaled = x / scale;
  if (!torch::GradMode::is_enabled() || !scaled.requires_grad()) {
    return at::clamp(at::round(scaled) + zero_point, low, high);
  }
  const torch::Tensor clipped = at::clamp(scaled + zero_point, low, high);
  const torch::Tensor exact = at::clamp(at::round(scaled) + zero_point, low, high);
  return clipped + (exact - clipped).detach();
}

Kernel quantize_linear(const Binding& node) {
  const std::int64_t axis = node.integer("axis", 1);
  const std::int64_t block = node.integer("block_size", 0);
  const bool typed = node.integer("output_dtype", 0) != 0;
  const torch::ScalarType stated = scalar_type_attribute(node, "output_dtype", DataType::kUint8);
  return one([=](const Call& call) {
    const torch::Tensor& x = call[0];
    const torch::ScalarType inner = x.is_floating_point() ? x.scalar_type() : torch::kFloat;
    const torch::ScalarType type = call.has(2) ? call[2].scalar_type()
                                   : typed     ? stated
                                               : torch::kUInt8;
    const torch::Tensor scale = spread(call[1].to(inner), x, axis, block);
    const torch::Tensor zero = call.has(2) ? spread(call[2].to(inner), x, axis, block)
                                           : at::zeros({}, x.options().dtype(inner));
    const torch::Tensor y = quantized_values(x.to(inner), scale, zero, type);
    // While gradients flow the values stay in floating point: DequantizeLinear takes them as well.
    return y.requires_grad() ? y : y.to(type);
  });
}

torch::Tensor dequantized(const torch::Tensor& x, const torch::Tensor& scale,
                          const torch::Tensor& zero_point, std::int64_t axis, std::int64_t block) {
  const torch::ScalarType type = scale.scalar_type();
  torch::Tensor y = x.to(type);
  if (zero_point.defined()) y = y - spread(zero_point.to(type), x, axis, block);
  return y * spread(scale, x, axis, block);
}

Kernel dequantize_linear(const Binding& node) {
  const std::int64_t axis = node.integer("axis", 1);
  const std::int64_t block = node.integer("block_size", 0);
  return one([=](const Call& call) { return dequantized(call[0], call[1], call[2], axis, block); });
}

// To uint8 over the range of x, which is made to hold 0.
Kernel dynamic_quantize_linear(const Binding&) {
  return [](Call& call) {
    const torch::Tensor& x = call[0];
    const torch::Tensor low = at::clamp_max(at::amin(x), 0);
    const torch::Tensor high = at::clamp_min(at::amax(x), 0);
    const torch::Tensor scale = (high - low) / 255;
    const torch::Tensor zero = at::clamp(at::round(-low / scale), 0, 255);
    call.set(0, quantized_values(x, scale, zero, torch::kUInt8).to(torch::kUInt8));
    call.set(1, scale);
    call.set(2, zero.to(torch::kUInt8));
  };
}

// The integers of a product, exact in double as long as |sum| < 2^53.
torch::Tensor centered(const torch::Tensor& x, const torch::Tensor& zero_point,
                       std::int64_t column_axis) {
  const torch::Tensor y = x.to(torch::kDouble);
  if (!zero_point.defined()) return y;
  torch::Tensor zero = zero_point.to(torch::kDouble);
  if (zero.dim() == 1 && zero.numel() > 1) {
    std::vector<std::int64_t> shape(static_cast<std::size_t>(x.dim()), 1);
    shape[static_cast<std::size_t>(normalized_axis(column_axis, x.dim()))] = -1;
    zero = zero.reshape(shape);
  } else if (zero.numel() == 1) {
    zero = zero.reshape({});
  }
  return y - zero;
}

Kernel matmul_integer(const Binding&) {
  return one([](const Call& call) {
    return at::matmul(centered(call[0], call[2], -2), centered(call[1], call[3], -1))
        .to(torch::kInt);
  });
}

Kernel conv_integer(const Binding& node) {
  const Convolution convolve = convolution_of(node, 1);
  return one([=](const Call& call) {
    return convolve(centered(call[0], call[2], 0), centered(call[1], call[3], 0), {})
        .to(torch::kInt);
  });
}

// Rows of scales and zero points belong to axis `axis` of the weight and of the output.
torch::Tensor requantized(const torch::Tensor& exact, const torch::Tensor& scale,
                          const torch::Tensor& zero) {
  return quantized_values(exact, scale.to(torch::kDouble).reshape({}),
                          zero.to(torch::kDouble).reshape({}), zero.scalar_type())
      .to(zero.scalar_type());
}

// x, x scale, x zero, w, w scale, w zero, y scale, y zero, bias (int32, of scale x scale times w
// scale)
Kernel qlinear_conv(const Binding& node) {
  const Convolution convolve = convolution_of(node, 3);
  return one([=](const Call& call) {
    torch::Tensor sums = convolve(centered(call[0], call[2], 0), centered(call[3], call[5], 0), {});
    std::vector<std::int64_t> shape(static_cast<std::size_t>(sums.dim()), 1);
    shape[1] = -1;
    if (call.has(8)) sums = sums + call[8].to(torch::kDouble).reshape(shape);
    const torch::Tensor scale =
        (call[1].to(torch::kDouble) * call[4].to(torch::kDouble)).reshape(shape);
    return requantized(sums * scale, call[6], call[7]);
  });
}

// a, a scale, a zero, b, b scale, b zero, y scale, y zero
Kernel qlinear_matmul(const Binding&) {
  return one([](const Call& call) {
    const torch::Tensor sums =
        at::matmul(centered(call[0], call[2], -2), centered(call[3], call[5], -1));
    torch::Tensor rows = call[1].to(torch::kDouble);
    if (rows.numel() > 1 && rows.dim() == 1) rows = rows.unsqueeze(1);
    if (rows.numel() == 1) rows = rows.reshape({});
    torch::Tensor columns = call[4].to(torch::kDouble);
    if (columns.numel() == 1) columns = columns.reshape({});
    return requantized(sums * rows * columns, call[6], call[7]);
  });
}

constexpr Row kRows[] = {
    {"", "ConvInteger", 10, conv_integer},
    {"", "DequantizeLinear", 10, dequantize_linear},
    {"", "DynamicQuantizeLinear", 11, dynamic_quantize_linear},
    {"", "MatMulInteger", 10, matmul_integer},
    {"", "QLinearConv", 10, qlinear_conv},
    {"", "QLinearMatMul", 10, qlinear_matmul},
    {"", "QuantizeLinear", 10, quantize_linear},
};

}  // namespace

std::span<const Row> quantized_rows() { return kRows; }

}  // namespace gcompress::train
