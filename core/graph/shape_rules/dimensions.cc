// Arithmetic on dimensions.
#include "gcompress/core/graph/shape_rules/dimensions.h"

#include <algorithm>

namespace gcompress::graph {
namespace {

// A product of dimensions, taken apart.
struct Factors {
  std::int64_t number = 1;
  std::vector<std::string> symbols;
  bool complete = true;  // false: a factor is unknown, or the number does not fit 64 bits
};

Factors factors_of(const Dimensions& dimensions) {
  Factors factors;
  for (const Dimension& dimension : dimensions) {
    if (dimension.known()) {
      if (__builtin_mul_overflow(factors.number, dimension.size, &factors.number)) {
        factors.number = 1;
        factors.complete = false;
      }
    } else if (!dimension.symbol.empty()) {
      factors.symbols.push_back(dimension.symbol);
    } else {
      factors.complete = false;
    }
  }
  return factors;
}

// A dimension of these factors, if it is a number or a lone symbol.
Dimension dimension_of(const Factors& factors) {
  if (!factors.complete) return {};
  if (factors.symbols.empty()) return known_dimension(factors.number);
  if (factors.symbols.size() == 1 && factors.number == 1) {
    return {.size = -1, .symbol = factors.symbols.front()};
  }
  return {};
}

}  // namespace

Dimensions known_dimensions(const Shape& shape) {
  Dimensions dimensions;
  dimensions.reserve(shape.size());
  for (const std::int64_t size : shape) dimensions.push_back(known_dimension(size));
  return dimensions;
}

std::optional<Shape> known_shape(const Dimensions& dimensions) {
  Shape shape;
  shape.reserve(dimensions.size());
  for (const Dimension& dimension : dimensions) {
    if (!dimension.known()) return std::nullopt;
    shape.push_back(dimension.size);
  }
  return shape;
}

std::string to_string(const Dimensions& dimensions) {
  std::string text = "[";
  for (const Dimension& dimension : dimensions) {
    if (text.size() > 1) text += ", ";
    if (dimension.known()) {
      text += std::to_string(dimension.size);
    } else {
      text += dimension.symbol.empty() ? "?" : dimension.symbol;
    }
  }
  return text + "]";
}

std::optional<Dimension> merged(const Dimension& a, const Dimension& b) {
  if (a.known() && b.known()) return a.size == b.size ? std::optional(a) : std::nullopt;
  if (a.known() || b.known()) return a.known() ? a : b;
  return a.symbol.empty() ? b : a;
}

std::optional<Dimensions> broadcast(const Dimensions& a, const Dimensions& b) {
  const std::size_t rank = std::max(a.size(), b.size());
  Dimensions result(rank);
  for (std::size_t i = 0; i < rank; ++i) {
    // From the last axis on.
    const Dimension one = known_dimension(1);
    const Dimension& x = i < a.size() ? a[a.size() - 1 - i] : one;
    const Dimension& y = i < b.size() ? b[b.size() - 1 - i] : one;
    Dimension& out = result[rank - 1 - i];
    if (x.size == 1) {
      out = y;
    } else if (y.size == 1) {
      out = x;
    } else if (x.known() && y.known()) {
      if (x.size != y.size) return std::nullopt;
      out = x;
    } else if (x.known() || y.known()) {
      out = x.known() ? x : y;  // what is not known must be that, or 1
    } else if (x.symbol == y.symbol) {
      out = x;
    }
  }
  return result;
}

Dimension product(const Dimensions& dimensions) { return dimension_of(factors_of(dimensions)); }

std::optional<Dimension> quotient(const Dimensions& total, const Dimensions& parts) {
  Factors numerator = factors_of(total);
  const Factors divisor = factors_of(parts);
  if (!numerator.complete || !divisor.complete) return Dimension{};
  for (const std::string& symbol : divisor.symbols) {
    const auto found = std::find(numerator.symbols.begin(), numerator.symbols.end(), symbol);
    if (found == numerator.symbols.end()) return Dimension{};
    numerator.symbols.erase(found);
  }
  if (divisor.number == 0) {
    if (numerator.number != 0) return std::nullopt;
    return known_dimension(0);
  }
  if (numerator.number % divisor.number != 0) {
    // A symbol left over may still make it whole.
    if (numerator.symbols.empty()) return std::nullopt;
    return Dimension{};
  }
  numerator.number /= divisor.number;
  return dimension_of(numerator);
}

}  // namespace gcompress::graph
