// Calls the operators element by element. Addresses are on the device; everything is asynchronous.
#pragma once

#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

#include "gcompress/core/kernels/cuda/runtime.h"

namespace gcompress::cuda::elementwise {

// y[i] = f(x[i]; a, b); y may be x.
struct UnaryCall {
  const float* x = nullptr;
  float* y = nullptr;
  int count = 0;
  float a = 0;
  float b = 0;
};
using Unary = void (*)(const UnaryCall& call, Stream stream);

// How two operands are spread over y: [sizes of y][steps of the first][steps of the second].
// Neighbouring axes that both operands walk through in order are one; a step is 0 where an operand
// is spread.
std::vector<int> operand_axes(const std::vector<int>& sizes, std::vector<int> first_steps,
                              std::vector<int> second_steps);

struct BinaryCall {
  const float* first = nullptr;
  const float* second = nullptr;
  float* y = nullptr;
  const int* axes = nullptr;  // operand_axes on the device
  int rank = 0;               // a third of their number
  int count = 0;
};
using Binary = void (*)(const BinaryCall& call, Stream stream);

// y[i] = f(x[i]; a[channel], b[channel]), channel = i / inner % channels.
struct ChannelCall {
  const float* x = nullptr;
  const float* a = nullptr;
  const float* b = nullptr;
  float* y = nullptr;
  int channels = 1;
  int inner = 1;
  int count = 0;
  float low = 0;  // quantize clamps to low .. high
  float high = 0;
};
using Channel = void (*)(const ChannelCall& call, Stream stream);

// By the names in kernels.h; null: there is none.
Unary unary(std::string_view name);
Binary binary(std::string_view name);
Channel channel(std::string_view name);

// x [rows][columns], rows x_stride apart, as fp16 into y [rows][y_columns]; more columns become 0.
void to_half(const float* x, std::uint16_t* y, int rows, int columns, std::int64_t x_stride,
             int y_columns, Stream stream);

// y = clamp(y + bias[channel] + residual), channel = i / inner % channels.
struct FinishCall {
  float* y = nullptr;
  const float* bias = nullptr;      // [channels], or null
  const float* residual = nullptr;  // [count], or null
  int channels = 1;
  int inner = 1;
  int count = 0;
  float low = -std::numeric_limits<float>::infinity();
  float high = std::numeric_limits<float>::infinity();
};
void finish(const FinishCall& call, Stream stream);

}  // namespace gcompress::cuda::elementwise
