// Text tables for terminals: aligned columns, numbers with commas.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gcompress::measure {

std::string with_commas(std::int64_t number);

// Pads every cell to its column's width, two spaces between columns, the first `left_aligned`
// columns to the left.
std::string align(const std::vector<std::vector<std::string>>& rows, std::size_t left_aligned);

// The same with the first column to the left, in as many parts below one another as keep lines
// within `width` characters; each part begins with the first column.
std::string align_in_parts(const std::vector<std::vector<std::string>>& rows, std::size_t width);

}  // namespace gcompress::measure
