// Text tables.
#include "gcompress/measure/text_table.h"

#include <fmt/format.h>

#include <algorithm>

namespace gcompress::measure {

std::string with_commas(std::int64_t number) {
  std::string digits = std::to_string(number);
  for (auto at = static_cast<std::int64_t>(digits.size()) - 3; at > (number < 0 ? 1 : 0); at -= 3) {
    digits.insert(static_cast<std::size_t>(at), ",");
  }
  return digits;
}

namespace {

std::size_t width_of(const std::vector<std::vector<std::string>>& rows, std::size_t column) {
  std::size_t width = 0;
  for (const std::vector<std::string>& row : rows) {
    if (column < row.size()) width = std::max(width, row[column].size());
  }
  return width + 2;
}

}  // namespace

std::string align_in_parts(const std::vector<std::vector<std::string>>& rows, std::size_t width) {
  std::size_t columns = 0;
  for (const std::vector<std::string>& row : rows) columns = std::max(columns, row.size());
  std::string text;
  for (std::size_t begin = 1; begin < columns;) {
    std::size_t end = begin;
    for (std::size_t used = width_of(rows, 0); end < columns; ++end) {
      used += width_of(rows, end);
      if (used > width + 2 && end > begin) break;
    }
    std::vector<std::vector<std::string>> part;
    for (const std::vector<std::string>& row : rows) {
      part.push_back({row.empty() ? "" : row.front()});
      for (std::size_t i = begin; i < std::min(end, row.size()); ++i) part.back().push_back(row[i]);
    }
    text += (text.empty() ? "" : "\n") + align(part, 1);
    begin = end;
  }
  return text;
}

std::string align(const std::vector<std::vector<std::string>>& rows, std::size_t left_aligned) {
  std::vector<std::size_t> widths;
  for (const std::vector<std::string>& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const std::vector<std::string>& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += i < left_aligned ? fmt::format("{:<{}}  ", row[i], widths[i])
                               : fmt::format("{:>{}}  ", row[i], widths[i]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

}  // namespace gcompress::measure
