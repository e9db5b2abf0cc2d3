// A quantized network read back as operators on codes: what pattern.h writes, seen by those who run
// it on integers.
//
// A code is a uint8 c that stands for scale (c - zero_point). An operator between DequantizeLinear
// and QuantizeLinear reads codes and gives codes; a Relu or Clip between the operator and its
// rounding becomes limits of the codes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "gcompress/core/graph/network.h"

namespace gcompress::graph {

struct CodeType {
  float scale = 1;
  std::uint8_t zero_point = 0;
  bool operator==(const CodeType&) const = default;
};

// A weight or bias stored as integers behind a DequantizeLinear; symmetric about 0.
struct StoredIntegers {
  Tensor values;              // int8 (weight) or int32 (bias)
  std::vector<float> scales;  // one in all, or one for each index of `axis`
  std::int64_t axis = -1;
};

// One operator on codes.
struct CodeStep {
  enum class Kind {
    kQuantize,    // an input of the network becomes codes
    kOperator,    // codes become codes, or numbers where `gives_codes` is not set
    kDequantize,  // codes become an output of the network
  };
  Kind kind = Kind::kOperator;
  std::size_t node = 0;  // in the main graph: the operator, or the (de)quantization
  // Of kQuantize the network's input; otherwise names of codes. Constant inputs are not among them.
  std::vector<std::string> inputs;
  std::string output;  // name of codes (what QuantizeLinear gives), or the network's output
  bool gives_codes = true;
  std::uint8_t low = 0, high = 255;            // of the codes given
  std::optional<StoredIntegers> weight, bias;  // of Conv, Gemm and MatMul
};

struct CodeNetwork {
  std::map<std::string, CodeType> codes;  // by name
  std::vector<CodeStep> steps;            // in an order in which they can run
  // What does not run on codes, and why; empty: `steps` compute all outputs of the network.
  std::vector<std::string> others;
};

// Reads the main graph. Which operators there are kernels for is not looked at. Codes are uint8 of
// one scale; networks that hold others, or compute on numbers in between, have `others`.
CodeNetwork read_codes(const Network& network);

}  // namespace gcompress::graph
