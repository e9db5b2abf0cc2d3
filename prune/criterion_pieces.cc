// Reading pieces of a weight, and scaling them channel by channel.
#include <algorithm>

#include "gcompress/prune/criterion_rows.h"

namespace gcompress::prune {

void read_floats(const Tensor& tensor, std::int64_t begin, std::span<float> out) {
  const auto first = static_cast<std::size_t>(begin);
  if (tensor.dtype() == DataType::kFloat32) {
    std::ranges::copy(tensor.as<float>().subspan(first, out.size()), out.begin());
    return;
  }
  const auto width = static_cast<std::size_t>(bits_of(tensor.dtype()) / 8);
  const Tensor piece(tensor.dtype(), {static_cast<std::int64_t>(out.size())},
                     tensor.bytes().slice(first * width, out.size() * width));
  std::ranges::copy(to_float32(piece), out.begin());
}

void multiply_by_channel(const graph::Weight& weight, const std::vector<float>& factors, int power,
                         std::int64_t begin, std::span<float> out) {
  GCOMPRESS_CHECK(weight.output_axis >= 0);
  std::size_t inner = 1;
  for (auto i = static_cast<std::size_t>(weight.output_axis) + 1; i < weight.value.shape().size();
       ++i) {
    inner *= static_cast<std::size_t>(weight.value.shape()[i]);
  }
  std::size_t channel = static_cast<std::size_t>(begin) / inner % factors.size();
  std::size_t left = inner - static_cast<std::size_t>(begin) % inner;  // elements of this channel
  for (std::size_t i = 0; i < out.size();) {
    const std::size_t run = std::min(left, out.size() - i);
    const float factor = power == 2 ? factors[channel] * factors[channel] : factors[channel];
    for (const std::size_t end = i + run; i < end; ++i) out[i] *= factor;
    left = inner;
    channel = channel + 1 == factors.size() ? 0 : channel + 1;
  }
}

}  // namespace gcompress::prune
