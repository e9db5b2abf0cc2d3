// Calls the pooling kernels. Addresses are on the device; everything is asynchronous.
#pragma once

#include "gcompress/core/kernels/cuda/runtime.h"

namespace gcompress::cuda::pool {

enum class Kind { kMax, kAverage };

struct Windows {
  int planes = 0;
  int height = 0;
  int width = 0;
  int out_height = 0;
  int out_width = 0;
  int kernel_height = 1;
  int kernel_width = 1;
  int stride_y = 1;
  int stride_x = 1;
  int dilation_y = 1;
  int dilation_x = 1;
  int pad_top = 0;
  int pad_left = 0;
  int pad_bottom = 0;  // these two: for averages that count padding
  int pad_right = 0;
  bool count_padding = false;
};

// x [planes][height][width], y [planes][out_height][out_width].
void over_windows(Kind kind, const Windows& windows, const float* x, float* y, Stream stream);

// x [planes][elements], y [planes].
void over_planes(Kind kind, int planes, int elements, const float* x, float* y, Stream stream);

}  // namespace gcompress::cuda::pool
