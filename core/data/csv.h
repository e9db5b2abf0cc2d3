// Reading comma-separated files, record by record (RFC 4180).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "gcompress/core/base/tensor.h"

namespace gcompress::data {

// Fields may be quoted: "a ""b"", c"; quoted ones may hold separators and line ends. Lines end with
// \n or \r\n; empty lines are left out; a byte order mark at the start, too.
class CsvReader {
 public:
  // Throws Error(kInput) if the file cannot be read.
  CsvReader(const std::filesystem::path& file, char separator);

  // The next record; false at the end. Throws Error(kInput) naming file and line for a quote that
  // does not end or text after a closing quote.
  bool next(std::vector<std::string>& fields);
  // The line where the last record began, from 1.
  std::int64_t line() const { return record_line_; }
  // Throws Error(kInput) naming the file, this line and the column.
  [[noreturn]] void fail(const std::string& message, const std::string& column = {},
                         const std::string& remedy = {}) const;

 private:
  void read_field(std::string& field);
  void read_quoted(std::string& field);
  bool at_end() const { return place_ == text_.size(); }

  std::string name_;
  Bytes bytes_;
  std::string_view text_;
  std::size_t place_ = 0;
  char separator_;
  std::int64_t line_ = 1;
  std::int64_t record_line_ = 0;
};

}  // namespace gcompress::data
