// A quantized network read back as operators on codes: what pattern.h writes, seen by those who run
// it on integers.
//
// A code is a uint8 c that stands for scale (c - zero_point). An operator between DequantizeLinear
// and QuantizeLinear reads codes and gives codes; a Relu or Clip between the operator and its
// rounding becomes limits of the codes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
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
    kQuantize,    // numbers become codes
    kOperator,    // codes become codes, or numbers where `gives_codes` is not set
    kDequantize,  // codes become numbers
  };
  Kind kind = Kind::kOperator;
  std::size_t node = 0;  // in the main graph: the operator, or the (de)quantization
  // Of kQuantize the value that is rounded; otherwise names of codes. Constants are not among them.
  std::vector<std::string> inputs;
  std::string output;  // name of codes (what QuantizeLinear gives), or the value of numbers
  bool gives_codes = true;
  std::uint8_t low = 0, high = 255;            // of the codes given
  std::optional<StoredIntegers> weight, bias;  // of Conv, Gemm and MatMul
};

struct CodeNetwork {
  std::map<std::string, CodeType> codes;  // by name
  // A value that is the numbers which codes stand for, and the node that makes it.
  struct Numbers {
    std::string value;
    std::size_t node = 0;
  };
  std::map<std::string, Numbers> numbers;  // by codes; of those that some node dequantizes
  std::vector<CodeStep> steps;             // operators in an order in which they can run
  // Nodes that compute on numbers. What they and the network's outputs read of codes is among the
  // steps as kDequantize. Empty: `steps` are the whole network.
  std::vector<std::size_t> others;

  bool any_operators() const;
};

// Whether an operator is to run on codes; asked of those that read codes only.
using RunsOnCodes = std::function<bool(const Node& node, const CodeStep& step)>;

// Reads the main graph. Codes are uint8 of one scale. An operator whose sums leave as numbers has a
// stored weight; others that are not rounded compute on numbers.
CodeNetwork read_codes(const Network& network, const RunsOnCodes& runs);

}  // namespace gcompress::graph
