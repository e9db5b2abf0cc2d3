// Operands spread over the shape of an output (ONNX's multidirectional broadcasting).
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "gcompress/core/engine/operators/operator.h"

namespace gcompress::engine {

// Axes of an output, as few as do: neighbours that every operand walks through in one stride are
// one axis. A step is how far an operand's element is from the next along an axis: 0 where it is
// spread.
struct Spread {
  static constexpr std::size_t kMostAxes = 8;
  std::vector<std::int64_t> sizes;               // at least one axis
  std::vector<std::vector<std::int64_t>> steps;  // by operand, by axis
};

// `operands` are shapes; all of the output's shape may lie in planes. Throws Error(kUnsupported)
// where more axes than kMostAxes are left.
Spread spread_over(const Binding& binding, std::span<const Shape> operands);

// Calls row(offsets by operand, offset of the output) for each run along the last axis.
template <std::size_t operands, typename Row>
void for_each_row(const Spread& spread, Row row) {
  std::array<std::int64_t, Spread::kMostAxes> at = {};
  std::array<std::int64_t, operands> offsets = {};
  const std::size_t outer = spread.sizes.size() - 1;
  const std::int64_t length = spread.sizes[outer];
  for (std::int64_t to = 0;; to += length) {
    row(offsets, to);
    std::size_t axis = outer;
    for (; axis > 0; --axis) {
      const std::size_t a = axis - 1;
      for (std::size_t i = 0; i < operands; ++i) offsets[i] += spread.steps[i][a];
      if (++at[a] < spread.sizes[a]) break;
      for (std::size_t i = 0; i < operands; ++i) {
        offsets[i] -= spread.steps[i][a] * spread.sizes[a];
      }
      at[a] = 0;
    }
    if (axis == 0) return;
  }
}

// y = function(a), y = function(a, b), y = function(a, b, c): by the number of operands, which are
// the node's first inputs.
template <std::size_t operands, typename Function>
Kernel elementwise(const Binding& binding, Function function) {
  const std::int64_t count = binding.output_elements();
  if (count == 0) return Kernel([](const Call&) {});
  const Spread spread = spread_over(binding, std::span(binding.inputs).first(operands));
  return [spread, function](const Call& call) {
    const std::size_t last = spread.sizes.size() - 1;
    const std::int64_t length = spread.sizes[last];
    for_each_row<operands>(spread, [&](const auto& offsets, std::int64_t to) {
      float* y = call.outputs[0] + to;
      const float* a = call.inputs[0] + offsets[0];
      const std::int64_t a_step = spread.steps[0][last];
      if constexpr (operands == 1) {
        for (std::int64_t i = 0; i < length; ++i) y[i] = function(a[i * a_step]);
      } else if constexpr (operands == 2) {
        const float* b = call.inputs[1] + offsets[1];
        const std::int64_t b_step = spread.steps[1][last];
        if (a_step == 1 && b_step == 1) {
          for (std::int64_t i = 0; i < length; ++i) y[i] = function(a[i], b[i]);
        } else if (b_step == 0) {
          const float value = *b;
          for (std::int64_t i = 0; i < length; ++i) y[i] = function(a[i * a_step], value);
        } else {
          for (std::int64_t i = 0; i < length; ++i) y[i] = function(a[i * a_step], b[i * b_step]);
        }
      } else {
        static_assert(operands == 3);
        const float* b = call.inputs[1] + offsets[1];
        const float* c = call.inputs[2] + offsets[2];
        const std::int64_t b_step = spread.steps[1][last];
        const std::int64_t c_step = spread.steps[2][last];
        for (std::int64_t i = 0; i < length; ++i) {
          y[i] = function(a[i * a_step], b[i * b_step], c[i * c_step]);
        }
      }
    });
  };
}

}  // namespace gcompress::engine
