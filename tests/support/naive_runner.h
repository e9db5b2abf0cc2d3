// Runs small float networks, one element at a time: an oracle that shares no code with the library.
// Operators: Conv, Gemm, MatMul, BatchNormalization, Relu, PRelu, Sigmoid, Tanh, Identity, Add,
// Sub, Mul, MaxPool, AveragePool, GlobalAveragePool, Flatten, Pad, Slice, Concat, Split, Squeeze,
// ReduceMean, Clip, Softmax (last axis), Transpose, Reshape, QuantizeLinear (to uint8),
// DequantizeLinear.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "gcompress/core/graph/network.h"

namespace gcompress::testing {

struct NaiveTensor {
  Shape shape;
  std::vector<double> values;
  bool is_int8 = false;  // of a zero point: what it quantizes to
};

// All values of the main graph by name. Throws std::runtime_error for an operator it does not know.
std::map<std::string, NaiveTensor> run_naively(const graph::Network& network,
                                               const std::map<std::string, NaiveTensor>& inputs);

}  // namespace gcompress::testing
