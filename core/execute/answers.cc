// Largest elements, place by place.
#include "gcompress/core/execute/answers.h"

#include <cmath>
#include <span>

#include "gcompress/core/execute/judge.h"

namespace gcompress::execute {
namespace {

std::int64_t answer_of(std::span<const float> values, float threshold) {
  if (values.size() != 1) return largest(values);
  return std::isnan(values[0]) ? -1 : (values[0] > threshold ? 1 : 0);
}

}  // namespace

std::vector<float> equal_answers(const Tensor& output, const Tensor& reference, float threshold) {
  const Shape& shape = reference.shape();
  const std::size_t rows = shape.empty() ? 1 : static_cast<std::size_t>(shape.front());
  const std::size_t places = shape.size() == 3 ? static_cast<std::size_t>(shape[1]) : 1;
  const std::vector<float> values = to_float32(output);
  const std::vector<float> expected = to_float32(reference);
  const std::size_t count = rows * places;
  const std::size_t width = count == 0 ? 0 : expected.size() / count;
  std::vector<float> same;
  for (std::size_t row = 0; row < rows; ++row) {
    float equal = 0;
    for (std::size_t i = row * places; i < (row + 1) * places; ++i) {
      const std::span<const float> a(values.data() + i * width, width);
      const std::span<const float> b(expected.data() + i * width, width);
      const std::int64_t answer = answer_of(a, threshold);
      equal += answer >= 0 && answer == answer_of(b, threshold) ? 1.0F : 0.0F;
    }
    same.push_back(places == 0 ? 1.0F : equal / static_cast<float>(places));
  }
  return same;
}

}  // namespace gcompress::execute
