// Resizing in two passes, first across, then down, with weights worked out once a pass.
#include <algorithm>
#include <cmath>
#include <utility>

#include "gcompress/core/base/error.h"
#include "gcompress/core/data/pixels.h"

namespace gcompress::data {
namespace {

// Which source positions make one result position: weights for first, first + 1, ...
struct Window {
  std::size_t first = 0;
  std::vector<float> weights;
};

std::vector<Window> windows_for(std::int64_t from, std::int64_t to) {
  const double scale = static_cast<double>(from) / static_cast<double>(to);
  const double reach = std::max(scale, 1.0);
  std::vector<Window> windows;
  for (std::int64_t i = 0; i < to; ++i) {
    const double centre = (static_cast<double>(i) + 0.5) * scale;
    const auto first = static_cast<std::int64_t>(std::max(0.0, centre - reach + 0.5));
    const auto last =
        static_cast<std::int64_t>(std::min(static_cast<double>(from), centre + reach + 0.5));
    Window window = {.first = static_cast<std::size_t>(first), .weights = {}};
    double sum = 0;
    for (std::int64_t j = first; j < last; ++j) {
      const double distance = std::abs((static_cast<double>(j) + 0.5 - centre) / reach);
      window.weights.push_back(static_cast<float>(std::max(0.0, 1 - distance)));
      sum += window.weights.back();
    }
    for (float& weight : window.weights) weight = static_cast<float>(weight / sum);
    windows.push_back(std::move(window));
  }
  return windows;
}

std::uint8_t rounded(float value) {
  return static_cast<std::uint8_t>(std::clamp(value + 0.5F, 0.0F, 255.0F));
}

Pixels resized_across(const Pixels& image, std::int64_t width) {
  const std::vector<Window> windows = windows_for(image.width, width);
  Pixels result = {.height = image.height, .width = width, .rgb = {}};
  result.rgb.reserve(static_cast<std::size_t>(image.height * width * 3));
  for (std::int64_t row = 0; row < image.height; ++row) {
    const std::uint8_t* source = image.rgb.data() + row * image.width * 3;
    for (const Window& window : windows) {
      float sums[3] = {0, 0, 0};
      for (std::size_t j = 0; j < window.weights.size(); ++j) {
        const std::uint8_t* pixel = source + (window.first + j) * 3;
        for (std::size_t c = 0; c < 3; ++c) sums[c] += window.weights[j] * pixel[c];
      }
      for (const float sum : sums) result.rgb.push_back(rounded(sum));
    }
  }
  return result;
}

Pixels resized_down(const Pixels& image, std::int64_t height) {
  const auto row_bytes = static_cast<std::size_t>(image.width * 3);
  Pixels result = {.height = height, .width = image.width, .rgb = {}};
  result.rgb.reserve(static_cast<std::size_t>(height) * row_bytes);
  std::vector<float> sums(row_bytes);
  for (const Window& window : windows_for(image.height, height)) {
    std::fill(sums.begin(), sums.end(), 0.0F);
    for (std::size_t j = 0; j < window.weights.size(); ++j) {
      const std::uint8_t* source = image.rgb.data() + (window.first + j) * row_bytes;
      for (std::size_t i = 0; i < row_bytes; ++i) sums[i] += window.weights[j] * source[i];
    }
    for (const float sum : sums) result.rgb.push_back(rounded(sum));
  }
  return result;
}

}  // namespace

Pixels resized(const Pixels& image, std::int64_t height, std::int64_t width) {
  GCOMPRESS_CHECK(height >= 1 && width >= 1 && image.height >= 1 && image.width >= 1);
  Pixels result = image.width == width ? image : resized_across(image, width);
  return image.height == height ? result : resized_down(result, height);
}

Pixels middle_of(const Pixels& image, std::int64_t height, std::int64_t width) {
  GCOMPRESS_CHECK(height <= image.height && width <= image.width);
  if (height == image.height && width == image.width) return image;
  const auto top = std::lround(static_cast<double>(image.height - height) / 2);
  const auto left = std::lround(static_cast<double>(image.width - width) / 2);
  Pixels result = {.height = height, .width = width, .rgb = {}};
  for (std::int64_t row = 0; row < height; ++row) {
    const auto first = image.rgb.begin() + ((top + row) * image.width + left) * 3;
    result.rgb.insert(result.rgb.end(), first, first + width * 3);
  }
  return result;
}

void write_planes(const Pixels& image, std::int64_t channels, std::uint8_t* planes) {
  const auto area = static_cast<std::size_t>(image.height * image.width);
  const std::uint8_t* rgb = image.rgb.data();
  if (channels == 1) {
    for (std::size_t i = 0; i < area; ++i) {
      const unsigned sum = 299U * rgb[3 * i] + 587U * rgb[3 * i + 1] + 114U * rgb[3 * i + 2];
      planes[i] = static_cast<std::uint8_t>((sum + 500) / 1000);
    }
    return;
  }
  for (std::size_t c = 0; c < 3; ++c) {
    for (std::size_t i = 0; i < area; ++i) planes[c * area + i] = rgb[3 * i + c];
  }
}

}  // namespace gcompress::data
