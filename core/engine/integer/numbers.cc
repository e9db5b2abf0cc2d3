// Biases and scales of layers.
#include "gcompress/core/engine/integer/numbers.h"

namespace gcompress::engine::integer {
namespace {

std::vector<std::int64_t> given_bias(const Binding& binding, const Filters& filters) {
  std::vector<std::int64_t> bias(static_cast<std::size_t>(filters.filters));
  if (!binding.step.bias) return bias;
  const std::vector<std::int64_t> given = to_int64(binding.step.bias->values);
  if (given.size() != bias.size()) binding.unsupported("a bias that is not one a channel");
  return given;
}

void set_sums(const Binding& binding, const Filters& filters, LayerNumbers& numbers) {
  const graph::StoredIntegers& weight = *binding.step.weight;
  const graph::CodeType& in = binding.inputs[0].type;
  const std::int64_t size = filters.channels * filters.height * filters.width;
  const std::vector<std::int64_t> bias = given_bias(binding, filters);
  const auto quads = static_cast<std::size_t>((filters.filters + 3) / 4);
  numbers.bias.resize(4 * quads);
  numbers.scale.resize(4 * quads);
  for (std::int64_t f = 0; f < filters.filters; ++f) {
    const auto at = static_cast<std::size_t>(f);
    std::int64_t sum = 0;
    for (std::int64_t i = 0; i < size; ++i) {
      sum += filters.values[static_cast<std::size_t>(f * size + i)];
    }
    const std::int64_t folded = bias[at] - sum * in.zero_point;
    if (folded != static_cast<std::int32_t>(folded)) binding.unsupported("sums beyond 32 bits");
    numbers.bias[at] = static_cast<std::int32_t>(folded);
    const float sums = in.scale * weight.scales[weight.scales.size() == 1 ? 0 : at];
    const graph::CodeType& own = binding.addition ? binding.addition->own : binding.output.type;
    numbers.scale[at] = binding.step.gives_codes ? sums / own.scale : sums;
  }
}

void set_addition(const Addition& addition, LayerNumbers& numbers) {
  kernels::Requantization& finish = numbers.finish;
  numbers.other = addition.other;
  finish.zero_point = addition.own.zero_point;
  finish.other_stride = addition.other.stride();
  finish.own_scale = addition.own.scale / addition.sum.scale;
  finish.other_scale = addition.other.type.scale / addition.sum.scale;
  finish.fixed = static_cast<float>(addition.sum.zero_point) -
                 (finish.own_scale * static_cast<float>(addition.own.zero_point) +
                  finish.other_scale * static_cast<float>(addition.other.type.zero_point));
  finish.add_low = addition.low;
  finish.add_high = addition.high;
}

}  // namespace

std::unique_ptr<const LayerNumbers> layer_numbers(const Binding& binding, const Filters& filters) {
  auto numbers = std::make_unique<LayerNumbers>();
  set_sums(binding, filters, *numbers);
  numbers->finish = {.bias = numbers->bias.data(),
                     .scale = numbers->scale.data(),
                     .zero_point = binding.output.type.zero_point,
                     .low = binding.step.low,
                     .high = binding.step.high};
  if (binding.addition) set_addition(*binding.addition, *numbers);
  return numbers;
}

}  // namespace gcompress::engine::integer
