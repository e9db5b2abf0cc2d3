// Parsing of "KIND:PATH,KEY=VALUE,...".
#include "gcompress/core/base/specification.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string_view>

#include "gcompress/core/base/error.h"

namespace gcompress {
namespace {

// True for "name=...": letters, digits and _ before the first =.
bool is_option(std::string_view item) {
  const std::size_t equals = item.find('=');
  if (equals == std::string_view::npos || equals == 0) return false;
  return std::all_of(item.begin(), item.begin() + static_cast<std::ptrdiff_t>(equals), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> items;
  std::size_t start = 0;
  while (true) {
    const std::size_t end = text.find(separator, start);
    items.push_back(text.substr(start, end - start));
    if (end == std::string::npos) return items;
    start = end + 1;
  }
}

std::string joined(const std::vector<std::string>& items) {
  std::string text;
  for (const std::string& item : items) text += (text.empty() ? "" : ", ") + item;
  return text;
}

template <typename T>
bool parse_whole(const std::string& text, T& value) {
  const char* const end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, value);
  return problem == std::errc() && stop == end;
}

// Numbers as they were written: "8", "0.5".
std::string shown(double value) {
  char text[32];
  const auto end = std::to_chars(std::begin(text), std::end(text), value).ptr;
  return {text, end};
}

}  // namespace

bool parse_number(const std::string& text, double& value) {
  return parse_whole(text, value) && std::isfinite(value);
}

bool parse_integer(const std::string& text, std::int64_t& value) {
  return parse_whole(text, value);
}

Specification::Specification(const std::string& text) : text_(text) {
  const std::size_t colon = text.find(':');
  kind_ = text.substr(0, colon);
  if (colon == std::string::npos || colon + 1 == text.size()) return;
  bool path_goes_on = true;
  bool first = true;
  for (const std::string& item : split(text.substr(colon + 1), ',')) {
    if (is_option(item)) {
      path_goes_on = false;
      const std::size_t equals = item.find('=');
      const std::string key = item.substr(0, equals);
      if (!options_.emplace(key, item.substr(equals + 1)).second) {
        throw_usage("\"" + text_ + "\": option " + key + " is given twice");
      }
    } else if (path_goes_on) {
      path_ += (first ? "" : ",") + item;
    } else {
      throw_usage("\"" + text_ + "\": \"" + item + "\" is no option", "options are KEY=VALUE");
    }
    first = false;
  }
}

const std::string* Specification::find(const std::string& key) {
  known_.push_back(key);
  const auto found = options_.find(key);
  return found == options_.end() ? nullptr : &found->second;
}

std::string Specification::text_of(const std::string& key, const std::string& fallback) {
  const std::string* value = find(key);
  return value == nullptr ? fallback : *value;
}

std::int64_t Specification::integer(const std::string& key, std::int64_t fallback,
                                    std::int64_t least, std::int64_t most) {
  const std::string* text = find(key);
  if (text == nullptr) return fallback;
  std::int64_t value = 0;
  if (!parse_integer(*text, value) || value < least || value > most) {
    throw_usage(
        "\"" + text_ + "\": " + key + " is \"" + *text + "\"",
        "give a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  }
  return value;
}

double Specification::number(const std::string& key, double fallback, double least, double most) {
  const std::string* text = find(key);
  if (text == nullptr) return fallback;
  double value = 0;
  if (!parse_number(*text, value) || value < least || value > most) {
    throw_usage("\"" + text_ + "\": " + key + " is \"" + *text + "\"",
                "give a number from " + shown(least) + " to " + shown(most));
  }
  return value;
}

std::string Specification::choice(const std::string& key, const std::string& fallback,
                                  const std::vector<std::string>& choices) {
  const std::string value = text_of(key, fallback);
  if (std::find(choices.begin(), choices.end(), value) == choices.end()) {
    throw_usage("\"" + text_ + "\": " + key + " is \"" + value + "\"",
                "choose one of " + joined(choices));
  }
  return value;
}

std::vector<float> Specification::numbers(const std::string& key,
                                          const std::vector<float>& fallback) {
  const std::string* text = find(key);
  if (text == nullptr) return fallback;
  std::vector<float> values;
  for (const std::string& item : split(*text, '/')) {
    double value = 0;
    if (!parse_number(item, value)) {
      throw_usage("\"" + text_ + "\": " + key + " is \"" + *text + "\"",
                  "give numbers with / between them");
    }
    values.push_back(static_cast<float>(value));
  }
  return values;
}

std::vector<std::int64_t> Specification::sizes(const std::string& key,
                                               const std::vector<std::int64_t>& fallback) {
  const std::string* text = find(key);
  if (text == nullptr) return fallback;
  std::vector<std::int64_t> values;
  for (const std::string& item : split(*text, 'x')) {
    std::int64_t value = 0;
    if (!parse_integer(item, value) || value < 1 || value > 1'000'000) {
      throw_usage("\"" + text_ + "\": " + key + " is \"" + *text + "\"",
                  "give sizes from 1 to 1000000 with x between them");
    }
    values.push_back(value);
  }
  return values;
}

void Specification::finish() const {
  for (const auto& [key, value] : options_) {
    if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
    throw_usage("\"" + text_ + "\": there is no option " + key,
                known_.empty() ? kind_ + " takes none" : kind_ + " takes " + joined(known_));
  }
}

}  // namespace gcompress
