// Patterns: which kept elements of a weight lie together, so that kernels can use it.
//
// A weight is looked at as a matrix: a row for each output channel, and in it the taps of the
// kernel, and in each tap the input channels (the order of an implicit matrix product over
// channels-last images). Fully connected layers have one tap.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "gcompress/core/graph/masks.h"
#include "gcompress/core/graph/weights.h"

namespace gcompress::graph {

struct Pattern {
  enum class Kind {
    kUnstructured,
    kBlock,    // `rows` x `columns` elements go together: 1x4, 4x1
    kNofM,     // of each m in a row, at most n stay: 2:4
    kVNofM,    // of each v rows x m columns, the same 2 n columns; in each row, at most n of those
    kChannel,  // whole channels, over all weights that make or read them
  };
  Kind kind = Kind::kUnstructured;
  std::int64_t rows = 1;
  std::int64_t columns = 1;
  std::int64_t v = 1;
  std::int64_t n = 1;
  std::int64_t m = 1;

  bool operator==(const Pattern&) const = default;
};

// "unstructured", "1x4", "8x1", "2:4", "64:2:20" (V:N:M, Castro et al. 2023, VENOM), "channel".
// Throws Error(kUsage) saying what would work.
Pattern parse_pattern(const std::string& text);
std::string to_string(const Pattern& pattern);

// The share of a row that the pattern lets stay: n / m, else 1.
double largest_density(const Pattern& pattern);

// Where the elements of a weight lie, seen as that matrix.
struct MatrixView {
  std::int64_t rows = 0;    // outputs
  std::int64_t inputs = 0;  // of a tap
  std::int64_t taps = 1;
  std::int64_t row_stride = 0;
  std::int64_t input_stride = 0;
  std::int64_t tap_stride = 0;

  std::int64_t columns() const { return inputs * taps; }
  std::int64_t element(std::int64_t row, std::int64_t column) const {
    return row * row_stride + column % inputs * input_stride + column / inputs * tap_stride;
  }
};
// Nothing where outputs or inputs lie along no single axis.
std::optional<MatrixView> matrix_view(const Weight& weight);

// Why the weight cannot have the pattern, in a short clause; empty if it can.
std::string misfit(const Pattern& pattern, const Weight& weight);

// True if the mask keeps to the pattern. Blocks: each is kept or dropped as a whole.
bool follows(const Pattern& pattern, const Weight& weight, const Mask& mask);

}  // namespace gcompress::graph
