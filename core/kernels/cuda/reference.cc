#include "gcompress/core/kernels/cuda/reference.h"

#include <algorithm>
#include <cmath>

namespace gcompress::cuda {

Reference multiply_naively(const DenseMatrix& weight, const Linear& linear) {
  Reference reference;
  for (int n = 0; n < linear.samples; ++n) {
    const float* x = linear.x + n * linear.x_stride;
    for (int r = 0; r < weight.rows; ++r) {
      double sum = linear.bias ? linear.bias[r] : 0.0;
      double magnitude = std::abs(sum);
      int terms = 1;
      for (int k = 0; k < weight.columns; ++k) {
        if (weight.at(r, k) == 0)
          continue;  // zeros are not stored: an infinity there does not matter
        const double product = static_cast<double>(weight.at(r, k)) * x[k];
        sum += product;
        magnitude += std::abs(product);
        ++terms;
      }
      reference.values.push_back(
          std::clamp(sum, static_cast<double>(linear.low), static_cast<double>(linear.high)));
      reference.tolerances.push_back(terms * std::ldexp(magnitude, -23));
    }
  }
  return reference;
}

namespace {

struct Sum {
  double value = 0;
  double magnitude = 0;
  int terms = 0;

  void add(double term) {
    value += term;
    magnitude += std::abs(term);
    ++terms;
  }
};

// The taps of one position: filter f, image n, output row oy and column ox.
Sum convolve_position(const ConvolutionShape& s, std::span<const float> weight,
                      std::span<const float> x, int n, int f, int oy, int ox) {
  Sum sum;
  const int channels = s.channels / s.groups;
  const int first = f / (s.filters / s.groups) * channels;
  for (int c = 0; c < channels; ++c) {
    for (int dy = 0; dy < s.kernel_height; ++dy) {
      for (int dx = 0; dx < s.kernel_width; ++dx) {
        const int row = oy * s.stride_y - s.pad_top + dy * s.dilation_y;
        const int column = ox * s.stride_x - s.pad_left + dx * s.dilation_x;
        const double w = weight[static_cast<std::size_t>(
            ((f * channels + c) * s.kernel_height + dy) * s.kernel_width + dx)];
        if (w == 0 || row < 0 || row >= s.height || column < 0 || column >= s.width) continue;
        sum.add(w * x[static_cast<std::size_t>(
                        ((n * s.channels + first + c) * s.height + row) * s.width + column)]);
      }
    }
  }
  return sum;
}

}  // namespace

Reference convolve_naively(const ConvolutionShape& s, std::span<const float> weight,
                           std::span<const float> x, std::span<const float> bias,
                           std::span<const float> residual, float low, float high) {
  Reference reference;
  for (int n = 0; n < s.images; ++n) {
    for (int f = 0; f < s.filters; ++f) {
      for (int oy = 0; oy < s.out_height(); ++oy) {
        for (int ox = 0; ox < s.out_width(); ++ox) {
          Sum sum = convolve_position(s, weight, x, n, f, oy, ox);
          if (!bias.empty()) sum.add(bias[static_cast<std::size_t>(f)]);
          if (!residual.empty()) sum.add(residual[reference.values.size()]);
          reference.values.push_back(
              std::clamp(sum.value, static_cast<double>(low), static_cast<double>(high)));
          reference.tolerances.push_back(sum.terms * std::ldexp(sum.magnitude, -23));
        }
      }
    }
  }
  return reference;
}

}  // namespace gcompress::cuda
