// Preprocessing and class names as entries of a model's metadata: a line of text each,
//   gcompress.preprocessing: scale=0.003921569 mean=0.485/0.456/0.406 std=0.229/0.224/0.225
//                            shorter_side=0 size=32x32
//   gcompress.classes:       airplane,automobile (commas and backslashes escaped by a backslash)
#include <charconv>
#include <sstream>

#include "gcompress/core/base/specification.h"
#include "gcompress/core/data/dataset.h"

namespace gcompress::data {
namespace {

constexpr const char* kClassesKey = "gcompress.classes";

// The shortest text that reads back as the same float.
std::string shown(float value) {
  char text[32];
  const auto end = std::to_chars(std::begin(text), std::end(text), value).ptr;
  return {text, end};
}

std::string shown(const std::vector<float>& values) {
  std::string text;
  for (const float value : values) text += (text.empty() ? "" : "/") + shown(value);
  return text;
}

std::string escaped(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += ',';
    for (const char c : names[i]) {
      if (c == ',' || c == '\\') text += '\\';
      text += c;
    }
  }
  return text;
}

Preprocessing parse(const std::string& text) {
  std::string options = "preprocessing:";
  std::istringstream words(text);
  for (std::string word; words >> word;) options += (options.back() == ':' ? "" : ",") + word;
  Specification specification(options);
  Preprocessing result;
  result.scale = static_cast<float>(specification.number("scale", 1, -1e30, 1e30));
  result.mean = specification.numbers("mean", {});
  result.standard_deviation = specification.numbers("std", {});
  constexpr std::int64_t kMostPixels = 65536;
  result.shorter_side = specification.integer("shorter_side", 0, 0, kMostPixels);
  const auto size = specification.sizes("size", {});
  if (size.size() == 2) {
    result.resize_height = size[0];
    result.resize_width = size[1];
  }
  specification.finish();
  return result;
}

}  // namespace

Preprocessing preprocessing_of(const std::vector<std::pair<std::string, std::string>>& metadata,
                               const Preprocessing& fallback) {
  for (const auto& [key, value] : metadata) {
    if (key != kPreprocessingKey) continue;
    try {
      return parse(value);
    } catch (const Error& error) {
      throw_input("the metadata entry " + key + " cannot be read: " + error.message(), {},
                  "remove it from the model, or give scale=, mean= and std= with the data");
    }
  }
  return fallback;
}

std::vector<std::string> classes_of(
    const std::vector<std::pair<std::string, std::string>>& metadata) {
  for (const auto& [key, value] : metadata) {
    if (key != kClassesKey || value.empty()) continue;
    std::vector<std::string> names(1);
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (value[i] == ',') {
        names.emplace_back();
        continue;
      }
      if (value[i] == '\\' && i + 1 < value.size()) ++i;
      names.back() += value[i];
    }
    return names;
  }
  return {};
}

std::vector<std::pair<std::string, std::string>> to_metadata(
    const Preprocessing& preprocessing, const std::vector<std::string>& classes) {
  std::string text = "scale=" + shown(preprocessing.scale);
  if (!preprocessing.mean.empty()) text += " mean=" + shown(preprocessing.mean);
  if (!preprocessing.standard_deviation.empty()) {
    text += " std=" + shown(preprocessing.standard_deviation);
  }
  if (preprocessing.resize_height > 0) {
    text += " shorter_side=" + std::to_string(preprocessing.shorter_side) +
            " size=" + std::to_string(preprocessing.resize_height) + "x" +
            std::to_string(preprocessing.resize_width);
  }
  std::vector<std::pair<std::string, std::string>> metadata = {{kPreprocessingKey, text}};
  if (!classes.empty()) metadata.emplace_back(kClassesKey, escaped(classes));
  return metadata;
}

}  // namespace gcompress::data
