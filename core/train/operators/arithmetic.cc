// Elementwise arithmetic of two or more inputs, with ONNX's (numpy's) broadcasting.
#include <torch/torch.h>

#include <limits>

#include "gcompress/core/train/operators/operator.h"

namespace gcompress::train {
namespace {

template <torch::Tensor (*Function)(const torch::Tensor&, const torch::Tensor&)>
Kernel binary(const Binding&) {
  return one([](const Call& call) {
    const torch::ScalarType type = call[0].scalar_type();
    if (!is_wide_unsigned(type)) return Function(call[0], call[1]);
    return Function(widened(call[0]), widened(call[1])).to(type);
  });
}

torch::Tensor add(const torch::Tensor& a, const torch::Tensor& b) { return at::add(a, b); }
torch::Tensor subtract(const torch::Tensor& a, const torch::Tensor& b) { return at::sub(a, b); }
torch::Tensor multiply(const torch::Tensor& a, const torch::Tensor& b) { return at::mul(a, b); }

// Integers divide towards zero.
torch::Tensor divide(const torch::Tensor& a, const torch::Tensor& b) {
  if (a.is_floating_point() || a.is_complex()) return at::div(a, b);
  return at::div(a, b, "trunc");
}

// The result has the base's type, whatever the exponent's.
Kernel power(const Binding& node) {
  // A small constant exponent is much faster as a number: x^2 needs no exp and no log.
  const torch::Tensor constant = node.constant(1);
  if (constant.defined() && constant.numel() == 1 && constant.dim() == 0) {
    const double exponent = number_of(constant);
    return one([=](const Call& call) {
      if (call[0].is_floating_point()) return at::pow(call[0], exponent);
      return at::pow(call[0].to(torch::kDouble), exponent).to(call[0].scalar_type());
    });
  }
  return one([](const Call& call) {
    const torch::ScalarType type = call[0].scalar_type();
    if (call[0].is_floating_point()) return at::pow(call[0], call[1].to(type));
    if (call[1].is_floating_point()) {
      return at::pow(call[0].to(torch::kDouble), call[1].to(torch::kDouble)).to(type);
    }
    return at::pow(widened(call[0]), widened(call[1])).to(type);
  });
}

// fmod = 1: the sign of the dividend, else of the divisor.
Kernel modulo(const Binding& node) {
  const bool fmod = node.integer("fmod", 0) != 0;
  return one([=](const Call& call) {
    const torch::Tensor a = widened(call[0]);
    const torch::Tensor b = widened(call[1]);
    return (fmod ? at::fmod(a, b) : at::remainder(a, b)).to(call[0].scalar_type());
  });
}

template <torch::Tensor (*Function)(const torch::Tensor&, const torch::Tensor&)>
Kernel accumulate(const Binding&) {
  return one([](const Call& call) {
    torch::Tensor result = widened(call[0]);
    for (std::size_t i = 1; i < call.input_count(); ++i) {
      result = Function(result, widened(call[i]));
    }
    return result.to(call[0].scalar_type());
  });
}

Kernel mean(const Binding&) {
  return one([](const Call& call) {
    torch::Tensor result = call[0];
    for (std::size_t i = 1; i < call.input_count(); ++i) result = result + call[i];
    return result / static_cast<double>(call.input_count());
  });
}

torch::Tensor maximum(const torch::Tensor& a, const torch::Tensor& b) { return at::maximum(a, b); }
torch::Tensor minimum(const torch::Tensor& a, const torch::Tensor& b) { return at::minimum(a, b); }

// Bounds are attributes before opset 11. An empty bound is none; above the maximum wins.
Kernel clip_attributes(const Binding& node) {
  const double low = node.number("min", std::numeric_limits<float>::lowest());
  const double high = node.number("max", std::numeric_limits<float>::max());
  return one([=](const Call& call) { return at::clamp(call[0], low, high); });
}

Kernel clip(const Binding& node) {
  const torch::Tensor low = node.constant(1);
  const torch::Tensor high = node.constant(2);
  const bool known =
      (low.defined() || !node.has_input(1)) && (high.defined() || !node.has_input(2));
  const auto bound = [](const torch::Tensor& value) -> std::optional<at::Scalar> {
    if (!value.defined()) return std::nullopt;
    return widened(value).reshape({}).item();
  };
  if (known) {
    const std::optional<at::Scalar> least = bound(low);
    const std::optional<at::Scalar> most = bound(high);
    if (!least && !most) return one([](const Call& call) { return call[0]; });
    return one([=](const Call& call) {
      return at::clamp(widened(call[0]), least, most).to(call[0].scalar_type());
    });
  }
  return one([](const Call& call) {
    torch::Tensor x = widened(call[0]);
    if (call.has(1)) x = at::maximum(x, widened(call[1]));
    if (call.has(2)) x = at::minimum(x, widened(call[2]));
    return x.to(call[0].scalar_type());
  });
}

Kernel bit_shift(const Binding& node) {
  const bool left = node.text("direction", "") == "LEFT";
  return one([=](const Call& call) {
    const torch::Tensor x = call[0].to(torch::kLong);
    const torch::Tensor by = call[1].to(torch::kLong);
    return (left ? at::bitwise_left_shift(x, by) : at::bitwise_right_shift(x, by))
        .to(call[0].scalar_type());
  });
}

torch::Tensor bitwise_and(const torch::Tensor& a, const torch::Tensor& b) {
  return at::bitwise_and(a, b);
}
torch::Tensor bitwise_or(const torch::Tensor& a, const torch::Tensor& b) {
  return at::bitwise_or(a, b);
}
torch::Tensor bitwise_xor(const torch::Tensor& a, const torch::Tensor& b) {
  return at::bitwise_xor(a, b);
}

constexpr Row kRows[] = {
    {"", "Add", 7, binary<add>},
    {"", "BitShift", 11, bit_shift},
    {"", "BitwiseAnd", 18, binary<bitwise_and>},
    {"", "BitwiseOr", 18, binary<bitwise_or>},
    {"", "BitwiseXor", 18, binary<bitwise_xor>},
    {"", "Clip", 1, clip_attributes},
    {"", "Clip", 11, clip},
    {"", "Div", 7, binary<divide>},
    {"", "Max", 8, accumulate<maximum>},
    {"", "Mean", 8, mean},
    {"", "Min", 8, accumulate<minimum>},
    {"", "Mod", 10, modulo},
    {"", "Mul", 7, binary<multiply>},
    {"", "Pow", 7, power},
    {"", "Sub", 7, binary<subtract>},
    {"", "Sum", 8, accumulate<add>},
};

}  // namespace

std::span<const Row> arithmetic_rows() { return kRows; }

}  // namespace gcompress::train
