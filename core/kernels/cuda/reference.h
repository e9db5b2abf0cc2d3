// What the CUDA kernels compute, as plainly as it can be written, in double precision: the oracle
// of their tests.
#pragma once

#include <vector>

#include "gcompress/core/kernels/cuda/values.h"

namespace gcompress::cuda {

// y[n][r] = clamp(bias[r] + sum over k of w[r][k] x[n][k]), and how far float32 sums of any order
// may be from it: with n terms, n 2^-23 times the sum of their magnitudes (Higham 2002,
// section 3.1, twice the bound).
struct Reference {
  std::vector<double> values;
  std::vector<double> tolerances;
};

// Addresses in `linear` are of this machine; y is not used. w as it is, so round it first.
Reference multiply_naively(const DenseMatrix& weight, const Linear& linear);

// A two-dimensional convolution in ONNX's terms. A matrix product w [filters][channels] times x
// [channels][width] has height, kernel and everything else 1.
struct ConvolutionShape {
  int images = 1;
  int channels = 1;  // of all groups
  int height = 1;
  int width = 1;
  int filters = 1;  // of all groups
  int groups = 1;
  int kernel_height = 1;
  int kernel_width = 1;
  int stride_y = 1;
  int stride_x = 1;
  int dilation_y = 1;
  int dilation_x = 1;
  int pad_top = 0;
  int pad_left = 0;
  int pad_bottom = 0;
  int pad_right = 0;

  int out_height() const {
    return (height + pad_top + pad_bottom - (kernel_height - 1) * dilation_y - 1) / stride_y + 1;
  }
  int out_width() const {
    return (width + pad_left + pad_right - (kernel_width - 1) * dilation_x - 1) / stride_x + 1;
  }
};

// Weight [filters][channels / groups][kernel_height][kernel_width], x and residual NCHW; bias and
// residual may be empty.
Reference convolve_naively(const ConvolutionShape& shape, std::span<const float> weight,
                           std::span<const float> x, std::span<const float> bias,
                           std::span<const float> residual, float low, float high);

}  // namespace gcompress::cuda
