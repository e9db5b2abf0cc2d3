// Reading pieces of a weight, and scaling them channel by channel.
#include <algorithm>
#include <cmath>

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

namespace {

// Elements in a row that lie in the same channel.
std::int64_t run_length(const graph::Weight& weight) {
  const Shape& shape = weight.value.shape();
  if (shape.empty()) return 1;
  if (weight.output_axis < 0) return std::max<std::int64_t>(shape.back(), 1);
  std::int64_t length = 1;
  for (auto i = static_cast<std::size_t>(weight.output_axis) + 1; i < shape.size(); ++i) {
    length *= shape[i];
  }
  return std::max<std::int64_t>(length, 1);
}

// Calls visit(channel, first, last) for the runs of elements [begin, begin + count), positions
// counted from begin.
template <typename Visit>
void for_each_run(const graph::Weight& weight, std::size_t channels, std::int64_t begin,
                  std::size_t count, Visit&& visit) {
  const auto length = static_cast<std::size_t>(run_length(weight));
  std::size_t channel = static_cast<std::size_t>(begin) / length % channels;
  std::size_t left = length - static_cast<std::size_t>(begin) % length;
  for (std::size_t i = 0; i < count;) {
    const std::size_t run = std::min(left, count - i);
    visit(channel, i, i + run);
    i += run;
    left = length;
    channel = channel + 1 == channels ? 0 : channel + 1;
  }
}

}  // namespace

std::int64_t channel_count(const graph::Weight& weight) {
  if (weight.output_axis < 0) return weight.size() / run_length(weight);
  return weight.value.shape()[static_cast<std::size_t>(weight.output_axis)];
}

std::vector<float> channel_norms(const graph::Weight& weight, const Tensor& value) {
  constexpr std::int64_t kPiece = 1 << 16;
  std::vector<double> squares(static_cast<std::size_t>(channel_count(weight)));
  std::vector<float> piece(static_cast<std::size_t>(std::min(kPiece, value.size())));
  for (std::int64_t begin = 0; begin < value.size(); begin += kPiece) {
    const std::span<float> part =
        std::span(piece).first(static_cast<std::size_t>(std::min(kPiece, value.size() - begin)));
    read_floats(value, begin, part);
    for_each_run(weight, squares.size(), begin, part.size(),
                 [&](std::size_t channel, std::size_t first, std::size_t last) {
                   double sum = 0;
                   for (std::size_t i = first; i < last; ++i) sum += double{part[i]} * part[i];
                   squares[channel] += sum;
                 });
  }
  std::vector<float> norms;
  norms.reserve(squares.size());
  for (const double square : squares) norms.push_back(static_cast<float>(std::sqrt(square)));
  return norms;
}

void multiply_by_channel(const graph::Weight& weight, const std::vector<float>& factors,
                         std::int64_t begin, std::span<float> out) {
  GCOMPRESS_CHECK(static_cast<std::int64_t>(factors.size()) == channel_count(weight));
  for_each_run(weight, factors.size(), begin, out.size(),
               [&](std::size_t channel, std::size_t first, std::size_t last) {
                 for (std::size_t i = first; i < last; ++i) out[i] *= factors[channel];
               });
}

}  // namespace gcompress::prune
