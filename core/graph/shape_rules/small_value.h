// Small tensors whose elements are computed along with the shapes: sizes, axes, scales. Elements
// may be symbols (the N of an input's shape), so that a reshape to [N, 10] keeps its N.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gcompress/core/base/tensor.h"
#include "gcompress/core/graph/network.h"

namespace gcompress::graph {

struct Element {
  bool known = false;
  std::int64_t integer = 0;  // of integer and bool types
  double real = 0;           // of floating types
  std::string symbol;        // of integers not known; may be empty

  static Element of(std::int64_t value) {
    return {.known = true, .integer = value, .real = 0, .symbol = {}};
  }
  static Element of_real(double value) {
    return {.known = true, .integer = 0, .real = value, .symbol = {}};
  }
  static Element of(const Dimension& dimension) {
    return {.known = dimension.known(),
            .integer = dimension.size,
            .real = 0,
            .symbol = dimension.symbol};
  }
};

struct SmallValue {
  DataType dtype = DataType::kUndefined;
  Shape shape;
  std::vector<Element> elements;
};

// More elements are not followed.
inline constexpr std::int64_t kMostElements = 1024;

// True for the types that are followed: integers of 8 bits and more, bool and floating types.
bool can_be_small(DataType dtype);

// Nothing for tensors that are too large or of other types.
std::optional<SmallValue> small_value_of(const Tensor& tensor);
// Undefined if an element is not known.
Tensor tensor_of(const SmallValue& value);

// Elements as dimensions: symbols stay, negative numbers become unknown.
std::vector<Dimension> dimensions_of(const SmallValue& value);

}  // namespace gcompress::graph
