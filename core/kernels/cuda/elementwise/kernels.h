// The entries of elementwise.cu: elementwise_NAME for every row below (docs/cuda.md), blocks of 256
// threads, one an element of y. y may be x.
#pragma once

#include <stdint.h>

#ifndef __CUDACC__
#ifndef __global__
#define __global__
#endif
#endif

// X(name, y of x and two parameters a, b). NaN stays NaN.
#define GCOMPRESS_ELEMENTWISE_UNARY(X)            \
  X(abs, fabsf(x))                                \
  X(clip, clamp_to(x, a, b))                      \
  X(erf, erff(x))                                 \
  X(exp, expf(x))                                 \
  X(hard_sigmoid, clamp_to_one(a* x + b))         \
  X(hard_swish, x* clamp_to_one(x / 6.0f + 0.5f)) \
  X(leaky_relu, x < 0.0f ? a * x : x)             \
  X(log, logf(x))                                 \
  X(neg, -x)                                      \
  X(relu, x < 0.0f ? 0.0f : x)                    \
  X(sigmoid, 1.0f / (1.0f + expf(-x)))            \
  X(sqrt, sqrtf(x))                               \
  X(tanh, tanhf(x))

// X(name, y of the two operands a, b).
#define GCOMPRESS_ELEMENTWISE_BINARY(X) \
  X(add, a + b)                         \
  X(sub, a - b)                         \
  X(mul, a* b)                          \
  X(div, a / b)                         \
  X(pow, powf(a, b))                    \
  X(prelu, a < 0.0f ? b * a : a)

// X(name, y of x and the two numbers a, b of its channel, within low .. high).
#define GCOMPRESS_ELEMENTWISE_CHANNEL(X)             \
  X(scale_shift, fmaf(x, a, b))                      \
  X(quantize, clamp_to(rintf(x / a) + b, low, high)) \
  X(dequantize, (x - b) * a)

#define GCOMPRESS_UNARY_PARAMETERS const float *from, float *to, int count, float a, float b
#define GCOMPRESS_BINARY_PARAMETERS \
  const float *first, const float *second, float *to, const int *axes, int rank, int count
#define GCOMPRESS_CHANNEL_PARAMETERS                                                  \
  const float *from, const float *of_channel_a, const float *of_channel_b, float *to, \
      int channels, int inner, int count, float low, float high

extern "C" {
#define GCOMPRESS_DECLARE(name, expression) \
  __global__ void elementwise_##name(GCOMPRESS_UNARY_PARAMETERS);
GCOMPRESS_ELEMENTWISE_UNARY(GCOMPRESS_DECLARE)
#undef GCOMPRESS_DECLARE
#define GCOMPRESS_DECLARE(name, expression) \
  __global__ void elementwise_##name(GCOMPRESS_BINARY_PARAMETERS);
GCOMPRESS_ELEMENTWISE_BINARY(GCOMPRESS_DECLARE)
#undef GCOMPRESS_DECLARE
#define GCOMPRESS_DECLARE(name, expression) \
  __global__ void elementwise_##name(GCOMPRESS_CHANNEL_PARAMETERS);
GCOMPRESS_ELEMENTWISE_CHANNEL(GCOMPRESS_DECLARE)
#undef GCOMPRESS_DECLARE
// Rows of fp16 out of rows of float32; columns beyond those of `from` become 0.
__global__ void elementwise_to_half(const float* from, uint16_t* to, int columns, int to_columns,
                                    int64_t from_stride, int count);
// The end of a layer: to = clamp(to + bias[channel] + residual); bias and residual may be null.
__global__ void elementwise_finish(float* to, const float* bias, const float* residual,
                                   int channels, int inner, int count, float low, float high);
}
