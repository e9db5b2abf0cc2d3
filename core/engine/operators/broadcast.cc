// Joining axes that all operands walk through in one stride.
#include "gcompress/core/engine/operators/broadcast.h"

#include <algorithm>

namespace gcompress::engine {
namespace {

// Steps of an operand along each axis of the output: 0 where it is spread.
std::vector<std::int64_t> steps_of(const Shape& operand, const Shape& output) {
  std::vector<std::int64_t> steps(output.size(), 0);
  std::int64_t step = 1;
  for (std::size_t i = 1; i <= operand.size(); ++i) {
    const std::int64_t size = operand[operand.size() - i];
    if (size != 1) steps[output.size() - i] = step;
    step *= size;
  }
  return steps;
}

}  // namespace

Spread spread_over(const Binding& binding, std::span<const Shape> operands) {
  const Shape& out = binding.outputs[0];
  if (std::ranges::all_of(operands, [&](const Shape& shape) { return shape == out; })) {
    return {.sizes = {binding.output_elements()}, .steps = {operands.size(), {1}}};
  }
  std::vector<std::vector<std::int64_t>> steps;
  for (const Shape& operand : operands) steps.push_back(steps_of(operand, out));
  Spread spread{.sizes = {}, .steps = std::vector<std::vector<std::int64_t>>(operands.size())};
  for (std::size_t axis = 0; axis < out.size(); ++axis) {
    if (out[axis] == 1) continue;
    bool joins = !spread.sizes.empty();
    for (std::size_t i = 0; joins && i < operands.size(); ++i) {
      joins = spread.steps[i].back() == steps[i][axis] * out[axis];
    }
    if (joins) {
      spread.sizes.back() *= out[axis];
    } else {
      spread.sizes.push_back(out[axis]);
    }
    for (std::size_t i = 0; i < operands.size(); ++i) {
      if (joins) {
        spread.steps[i].back() = steps[i][axis];
      } else {
        spread.steps[i].push_back(steps[i][axis]);
      }
    }
  }
  if (spread.sizes.empty()) {
    spread.sizes.push_back(1);
    for (std::vector<std::int64_t>& step : spread.steps) step.push_back(0);
  }
  if (spread.sizes.size() > Spread::kMostAxes) binding.unsupported("more than 8 axes to spread");
  return spread;
}

}  // namespace gcompress::engine
