// Settings: parsing text against a table of options, and nearest names for errors.
#include "gcompress/compress/settings.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <numeric>

#include "gcompress/core/base/error.h"

namespace gcompress::compress {
namespace {

const OptionRow& row_of(std::span<const OptionRow> rows, const std::string& name) {
  std::vector<std::string> names;
  for (const OptionRow& row : rows) {
    if (row.name == name) return row;
    names.push_back(row.name);
  }
  const std::string near = nearest(name, names);
  throw_usage("there is no option '" + name + "'",
              near.empty() ? "--help lists the options" : "did you mean '" + near + "'?");
}

[[noreturn]] void throw_value(const OptionRow& row, const std::string& text,
                              const std::string& expected) {
  throw_usage("'" + text + "' is no value for --" + row.name, expected);
}

template <typename T>
T parse_number(const OptionRow& row, const std::string& text, const std::string& kind) {
  T value{};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end) throw_value(row, text, "give " + kind);
  const auto number = static_cast<double>(value);
  const bool bounded = row.least != 0 || row.most != 0;
  if (bounded && !(number >= row.least && number <= row.most)) {
    throw_value(row, text,
                "give " + kind + " from " + to_string(SettingValue(row.least)) + " to " +
                    to_string(SettingValue(row.most)));
  }
  return value;
}

bool parse_flag(const OptionRow& row, const std::string& text) {
  if (text == "true" || text == "yes" || text == "on" || text == "1") return true;
  if (text == "false" || text == "no" || text == "off" || text == "0") return false;
  throw_value(row, text, "give true or false");
}

std::string join(const std::vector<std::string>& words, const std::string& between) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : between) + word;
  return text;
}

std::string parse_text(const OptionRow& row, const std::string& text) {
  if (!row.choices.empty() && std::ranges::find(row.choices, text) == row.choices.end()) {
    throw_value(row, text, "choose one of " + join(row.choices, ", "));
  }
  return text;
}

std::vector<std::string> parse_list(const std::string& text) {
  std::vector<std::string> words;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    if (end > begin) words.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return words;
}

SettingValue parse(const OptionRow& row, const std::string& text) {
  switch (row.fallback.index()) {
    case 0:
      return parse_flag(row, text);
    case 1:
      return parse_number<std::int64_t>(row, text, "a whole number");
    case 2:
      return parse_number<double>(row, text, "a number");
    case 3:
      return parse_text(row, text);
    default:
      return parse_list(text);
  }
}

}  // namespace

Settings::Settings(std::span<const OptionRow> rows) {
  for (const OptionRow& row : rows) values_.emplace(row.name, row.fallback);
}

void Settings::set(std::span<const OptionRow> rows, const std::string& name,
                   const std::string& text) {
  const OptionRow& row = row_of(rows, name);
  values_[name] = parse(row, text);
}

bool Settings::flag(const std::string& name) const { return std::get<bool>(values_.at(name)); }

std::int64_t Settings::integer(const std::string& name) const {
  return std::get<std::int64_t>(values_.at(name));
}

double Settings::number(const std::string& name) const {
  return std::get<double>(values_.at(name));
}

const std::string& Settings::text(const std::string& name) const {
  return std::get<std::string>(values_.at(name));
}

const std::vector<std::string>& Settings::list(const std::string& name) const {
  return std::get<std::vector<std::string>>(values_.at(name));
}

void Settings::resolve(const std::string& name, SettingValue value) {
  values_[name] = std::move(value);
}

std::string to_string(const SettingValue& value) {
  if (const bool* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return std::to_string(*integer);
  if (const double* number = std::get_if<double>(&value)) {
    std::array<char, 32> buffer{};
    const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), *number);
    GCOMPRESS_CHECK(error == std::errc());
    return {buffer.data(), end};
  }
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  return join(std::get<std::vector<std::string>>(value), ",");
}

}  // namespace gcompress::compress
