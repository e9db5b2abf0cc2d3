// Patterns: their names, the matrix that they are laid over, and whether a mask keeps to one.
#include "gcompress/core/graph/pattern.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "gcompress/core/base/error.h"

namespace gcompress::graph {
namespace {

constexpr std::int64_t kLargest = 4096;  // of each number in a pattern

[[noreturn]] void throw_no_pattern(const std::string& text, const std::string& why) {
  throw_usage("'" + text + "' is no pattern: " + why,
              "unstructured, blocks like 1x4 or 8x1, N:M like 2:4, V:N:M like 64:2:20, or channel");
}

// The numbers between the separators; empty if anything else is there.
std::vector<std::int64_t> numbers(const std::string& text, char separator) {
  std::vector<std::int64_t> result;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (true) {
    std::int64_t number = 0;
    const auto [next, error] = std::from_chars(at, end, number);
    if (error != std::errc() || number < 1 || number > kLargest) return {};
    result.push_back(number);
    if (next == end) return result;
    if (*next != separator) return {};
    at = next + 1;
  }
}

std::string text_of(std::int64_t number) { return std::to_string(number); }

// Elements kept of columns [first, last) in a row.
std::int64_t kept_in(const MatrixView& view, const Mask& mask, std::int64_t row, std::int64_t first,
                     std::int64_t last) {
  std::int64_t kept = 0;
  for (std::int64_t column = first; column < last; ++column) {
    kept += mask.test(view.element(row, column)) ? 1 : 0;
  }
  return kept;
}

bool blocks_are_whole(const Pattern& pattern, const MatrixView& view, const Mask& mask) {
  for (std::int64_t row = 0; row < view.rows; row += pattern.rows) {
    const std::int64_t rows_end = std::min(view.rows, row + pattern.rows);
    for (std::int64_t column = 0; column < view.columns(); column += pattern.columns) {
      const std::int64_t end = std::min(view.columns(), column + pattern.columns);
      std::int64_t kept = 0;
      for (std::int64_t r = row; r < rows_end; ++r) kept += kept_in(view, mask, r, column, end);
      if (kept != 0 && kept != (rows_end - row) * (end - column)) return false;
    }
  }
  return true;
}

bool rows_keep_few(const Pattern& pattern, const MatrixView& view, const Mask& mask) {
  for (std::int64_t row = 0; row < view.rows; ++row) {
    for (std::int64_t column = 0; column < view.columns(); column += pattern.m) {
      const std::int64_t end = std::min(view.columns(), column + pattern.m);
      if (kept_in(view, mask, row, column, end) > pattern.n) return false;
    }
  }
  return true;
}

bool columns_are_shared(const Pattern& pattern, const MatrixView& view, const Mask& mask) {
  for (std::int64_t row = 0; row < view.rows; row += pattern.v) {
    const std::int64_t rows_end = std::min(view.rows, row + pattern.v);
    for (std::int64_t column = 0; column < view.columns(); column += pattern.m) {
      const std::int64_t end = std::min(view.columns(), column + pattern.m);
      std::int64_t used = 0;
      for (std::int64_t c = column; c < end; ++c) {
        bool kept = false;
        for (std::int64_t r = row; r < rows_end; ++r) kept |= mask.test(view.element(r, c));
        used += kept ? 1 : 0;
      }
      if (used > 2 * pattern.n) return false;
    }
  }
  return true;
}

}  // namespace

Pattern parse_pattern(const std::string& text) {
  using Kind = Pattern::Kind;
  if (text == "unstructured") return {};
  if (text == "channel") return {.kind = Kind::kChannel};
  if (const auto block = numbers(text, 'x'); block.size() == 2) {
    if (block[0] == 1 && block[1] == 1) return {};
    if (block[0] != 1 && block[1] != 1) {
      throw_no_pattern(text, "a block has one row or one column");
    }
    return {.kind = Kind::kBlock, .rows = block[0], .columns = block[1]};
  }
  const auto parts = numbers(text, ':');
  if (parts.size() == 2) {
    if (parts[0] >= parts[1]) throw_no_pattern(text, "N of M keeps fewer than M");
    return {.kind = Kind::kNofM, .n = parts[0], .m = parts[1]};
  }
  if (parts.size() == 3) {
    if (2 * parts[1] > parts[2]) {
      throw_no_pattern(text, "V:N:M chooses 2 N of M columns, so M is at least twice N");
    }
    return {.kind = Kind::kVNofM, .v = parts[0], .n = parts[1], .m = parts[2]};
  }
  throw_no_pattern(text, "it cannot be read");
}

std::string to_string(const Pattern& pattern) {
  switch (pattern.kind) {
    case Pattern::Kind::kUnstructured:
      return "unstructured";
    case Pattern::Kind::kBlock:
      return text_of(pattern.rows) + "x" + text_of(pattern.columns);
    case Pattern::Kind::kNofM:
      return text_of(pattern.n) + ":" + text_of(pattern.m);
    case Pattern::Kind::kVNofM:
      return text_of(pattern.v) + ":" + text_of(pattern.n) + ":" + text_of(pattern.m);
    case Pattern::Kind::kChannel:
      return "channel";
  }
  return {};
}

double largest_density(const Pattern& pattern) {
  const bool counts = pattern.kind == Pattern::Kind::kNofM || pattern.kind == Pattern::Kind::kVNofM;
  return counts ? static_cast<double>(pattern.n) / static_cast<double>(pattern.m) : 1;
}

std::optional<MatrixView> matrix_view(const Weight& weight) {
  const Shape& shape = weight.value.shape();
  const int rank = static_cast<int>(shape.size());
  const int output = weight.output_axis;
  const int input = weight.input_axis;
  if (output < 0 || input < 0 || output >= rank || input >= rank || output == input) return {};
  std::vector<std::int64_t> strides(shape.size(), 1);
  for (int axis = rank - 2; axis >= 0; --axis) {
    const auto at = static_cast<std::size_t>(axis);
    strides[at] = strides[at + 1] * shape[at + 1];
  }
  MatrixView view{.rows = shape[static_cast<std::size_t>(output)],
                  .inputs = shape[static_cast<std::size_t>(input)],
                  .row_stride = strides[static_cast<std::size_t>(output)],
                  .input_stride = strides[static_cast<std::size_t>(input)]};
  // The other axes must follow each other, so that one stride leads through them.
  int last_tap_axis = -1;
  for (int axis = 0; axis < rank; ++axis) {
    if (axis == output || axis == input) continue;
    if (last_tap_axis >= 0 && axis != last_tap_axis + 1) return {};
    last_tap_axis = axis;
    view.taps *= shape[static_cast<std::size_t>(axis)];
  }
  view.tap_stride = last_tap_axis < 0 ? 0 : strides[static_cast<std::size_t>(last_tap_axis)];
  if (weight.value.size() == 0) return {};
  return view;
}

std::string misfit(const Pattern& pattern, const Weight& weight) {
  using Kind = Pattern::Kind;
  if (pattern.kind == Kind::kUnstructured || pattern.kind == Kind::kChannel) return {};
  const std::optional<MatrixView> view = matrix_view(weight);
  if (!view) return "its inputs or outputs lie along no single axis";
  const bool in_blocks = pattern.kind == Kind::kBlock;
  const std::int64_t rows = in_blocks ? pattern.rows : 1;  // the last tile may have fewer than v
  const std::int64_t columns = in_blocks ? pattern.columns : pattern.m;
  if (view->rows < rows) {
    return text_of(view->rows) + " outputs are fewer than " + text_of(rows);
  }
  if (view->columns() < columns) {
    return text_of(view->columns()) + " inputs and taps are fewer than " + text_of(columns);
  }
  return {};
}

bool follows(const Pattern& pattern, const Weight& weight, const Mask& mask) {
  using Kind = Pattern::Kind;
  if (pattern.kind == Kind::kUnstructured || pattern.kind == Kind::kChannel) return true;
  const std::optional<MatrixView> view = matrix_view(weight);
  if (!view) return false;
  if (pattern.kind == Kind::kBlock) return blocks_are_whole(pattern, *view, mask);
  return rows_keep_few(pattern, *view, mask) &&
         (pattern.kind == Kind::kNofM || columns_are_shared(pattern, *view, mask));
}

}  // namespace gcompress::graph
