// Fields and records of a CSV file.
#include "gcompress/core/data/csv.h"

#include "gcompress/core/base/error.h"
#include "gcompress/core/base/file.h"

namespace gcompress::data {

CsvReader::CsvReader(const std::filesystem::path& file, char separator)
    : name_(file.string()), bytes_(map_file(file)), separator_(separator) {
  text_ = as_text(bytes_);
  if (text_.starts_with("\xEF\xBB\xBF")) place_ = 3;
}

void CsvReader::fail(const std::string& message, const std::string& column,
                     const std::string& remedy) const {
  throw_input("line " + std::to_string(record_line_) +
                  (column.empty() ? "" : ", column " + column) + ": " + message,
              {.file = name_, .node = {}, .value = {}}, remedy);
}

void CsvReader::read_quoted(std::string& field) {
  ++place_;
  while (true) {
    if (at_end()) fail("a quoted field does not end");
    const char c = text_[place_++];
    if (c == '\n') ++line_;
    if (c != '"') {
      field += c;
    } else if (!at_end() && text_[place_] == '"') {
      field += '"';
      ++place_;
    } else {
      break;
    }
  }
  if (at_end() || text_[place_] == separator_ || text_[place_] == '\n') return;
  if (text_.substr(place_).starts_with("\r\n")) return;
  fail("text follows a closing quote", {}, "double quotes inside a quoted field");
}

void CsvReader::read_field(std::string& field) {
  field.clear();
  if (!at_end() && text_[place_] == '"') return read_quoted(field);
  const std::size_t start = place_;
  while (!at_end() && text_[place_] != separator_ && text_[place_] != '\n') ++place_;
  std::string_view content = text_.substr(start, place_ - start);
  const bool line_ends = at_end() || text_[place_] == '\n';
  if (line_ends && content.ends_with('\r')) content.remove_suffix(1);
  field = content;
}

bool CsvReader::next(std::vector<std::string>& fields) {
  while (!at_end() && (text_[place_] == '\n' || text_.substr(place_).starts_with("\r\n"))) {
    place_ += text_[place_] == '\n' ? 1 : 2;
    ++line_;
  }
  if (at_end()) return false;
  record_line_ = line_;
  std::size_t count = 0;
  while (true) {
    if (count == fields.size()) fields.emplace_back();
    read_field(fields[count++]);
    if (text_.substr(place_).starts_with("\r\n")) ++place_;
    if (at_end() || text_[place_] == '\n') break;
    ++place_;  // the separator
  }
  if (!at_end()) {
    ++place_;
    ++line_;
  }
  fields.resize(count);
  return true;
}

}  // namespace gcompress::data
