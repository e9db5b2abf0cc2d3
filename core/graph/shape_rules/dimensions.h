// Arithmetic on dimensions that may be numbers, symbols or unknown.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gcompress/core/graph/network.h"

namespace gcompress::graph {

using Dimensions = std::vector<Dimension>;

// No sound network has a larger dimension; keeps products of a dimension and a stride in 64 bits.
inline constexpr std::int64_t kLargestDimension = std::int64_t{1} << 36;

inline Dimension known_dimension(std::int64_t size) { return {.size = size, .symbol = {}}; }
Dimensions known_dimensions(const Shape& shape);

// The shape if every dimension is a number.
std::optional<Shape> known_shape(const Dimensions& dimensions);

// "[N, 3, ?, 224]"
std::string to_string(const Dimensions& dimensions);

// The one size that both stand for: a number wins over a symbol, a symbol over unknown. Nothing if
// they are different numbers.
std::optional<Dimension> merged(const Dimension& a, const Dimension& b);

// Numpy's broadcasting. Nothing if the shapes do not fit.
std::optional<Dimensions> broadcast(const Dimensions& a, const Dimensions& b);

// The product of some dimensions: a number, one symbol times 1, or unknown.
Dimension product(const Dimensions& dimensions);

// What is left of `total` when divided by `parts`, by number and by symbol: [N, 4, 8] by [N, 2]
// gives 16. Unknown if it cannot be said; nothing if it is no whole number.
std::optional<Dimension> quotient(const Dimensions& total, const Dimensions& parts);

}  // namespace gcompress::graph
