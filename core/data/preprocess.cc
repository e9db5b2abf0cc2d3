// Scaling and normalising a batch. Bytes go through a table of 256 floats a channel.
#include "gcompress/core/data/preprocess.h"

#include <array>
#include <span>
#include <utility>

namespace gcompress::data {
namespace {

struct Affine {
  float scale = 1;
  float mean = 0;
  float deviation = 1;
  float operator()(float raw) const { return (raw * scale - mean) / deviation; }
};

float value_for(const std::vector<float>& values, std::int64_t channel, std::int64_t channels,
                float fallback, const char* what) {
  if (values.empty()) return fallback;
  if (values.size() == 1) return values.front();
  if (static_cast<std::int64_t>(values.size()) != channels) {
    throw_usage("the preprocessing has " + std::to_string(values.size()) + " " + what +
                    ", the data has " + std::to_string(channels) + " channels",
                "give one, or one a channel");
  }
  return values[static_cast<std::size_t>(channel)];
}

// Calls visit(affine, first, count) for every run of elements of one channel of one sample.
template <typename Visit>
void for_each_run(const Tensor& raw, const std::vector<Affine>& channels, Visit&& visit) {
  const auto runs = static_cast<std::size_t>(raw.shape().front()) * channels.size();
  if (runs == 0) return;
  const std::size_t length = static_cast<std::size_t>(raw.size()) / runs;
  for (std::size_t run = 0; run < runs; ++run) {
    visit(run % channels.size(), run * length, length);
  }
}

std::vector<float> from_bytes(const Tensor& raw, const std::vector<Affine>& channels) {
  std::vector<std::array<float, 256>> tables(channels.size());
  for (std::size_t c = 0; c < channels.size(); ++c) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      tables[c][byte] = channels[c](static_cast<float>(byte));
    }
  }
  const auto bytes = raw.as<std::uint8_t>();
  std::vector<float> values(bytes.size());
  for_each_run(raw, channels, [&](std::size_t c, std::size_t first, std::size_t count) {
    const auto& table = tables[c];
    for (std::size_t i = first; i < first + count; ++i) values[i] = table[bytes[i]];
  });
  return values;
}

std::vector<float> as_floats(const Tensor& raw) {
  if (is_floating(raw.dtype())) return to_float32(raw);
  const std::vector<std::int64_t> integers = to_int64(raw);
  std::vector<float> values(integers.size());
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(integers[i]);
  return values;
}

}  // namespace

Tensor preprocess(const Tensor& raw, const Preprocessing& preprocessing) {
  if (preprocessing.scale == 1 && preprocessing.mean.empty() &&
      preprocessing.standard_deviation.empty()) {
    return raw;
  }
  const std::int64_t count = raw.rank() > 1 ? raw.shape()[1] : 1;
  std::vector<Affine> channels;
  for (std::int64_t c = 0; c < count; ++c) {
    channels.push_back(
        {preprocessing.scale, value_for(preprocessing.mean, c, count, 0, "means"),
         value_for(preprocessing.standard_deviation, c, count, 1, "standard deviations")});
  }
  if (raw.dtype() == DataType::kUint8) {
    return Tensor::from(raw.shape(), from_bytes(raw, channels));
  }
  std::vector<float> values = as_floats(raw);
  for_each_run(raw, channels, [&](std::size_t c, std::size_t first, std::size_t length) {
    for (std::size_t i = first; i < first + length; ++i) values[i] = channels[c](values[i]);
  });
  return Tensor::from(raw.shape(), std::move(values));
}

}  // namespace gcompress::data
