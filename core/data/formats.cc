// The table of data formats.
#include "gcompress/core/data/formats.h"

#include <array>
#include <utility>

namespace gcompress::data {
namespace {

struct Row {
  const char* kind;
  const char* example;
  DataParts (*open)(Specification&, const OpenOptions&, const RunContext&);
};

constexpr std::array<Row, 5> kFormats = {{
    {"life", "life:size=8,steps=1,count=20000,density=0.4,seed=3,border=torus", open_life},
    {"mnist", "mnist:DIR (the four IDX files, .gz or not; Fashion-MNIST too)", open_mnist},
    {"images", "images:DIR,size=32,resize=36 (class folders of JPEG or PNG files)", open_images},
    {"npz", "npz:FILE,test=FILE (arrays named like the network's inputs, and labels)", open_npz},
    {"csv", "csv:FILE,label=NAME,test=FILE (numbers with a header line)", open_csv},
}};

std::string kinds() {
  std::string text;
  for (const Row& row : kFormats) text += (text.empty() ? "" : ", ") + std::string(row.kind) + ":";
  return text;
}

}  // namespace

DataParts open(const std::string& specification, const OpenOptions& options,
               const RunContext& context) {
  Specification parsed(specification);
  for (const Row& row : kFormats) {
    if (parsed.kind() == row.kind) return row.open(parsed, options, context);
  }
  throw_usage("there is no data format \"" + parsed.kind() + "\" (in \"" + specification + "\")",
              "choose one of " + kinds());
}

std::vector<std::pair<std::string, std::string>> formats() {
  std::vector<std::pair<std::string, std::string>> rows;
  for (const Row& row : kFormats) rows.emplace_back(row.kind, row.example);
  return rows;
}

Preprocessing read_preprocessing(Specification& specification, const OpenOptions& options,
                                 const Preprocessing& own) {
  Preprocessing result = options.preprocessing.value_or(own);
  result.scale = static_cast<float>(specification.number("scale", result.scale, -1e30, 1e30));
  result.mean = specification.numbers("mean", result.mean);
  result.standard_deviation = specification.numbers("std", result.standard_deviation);
  for (const float deviation : result.standard_deviation) {
    if (!(deviation > 0)) {
      throw_usage(
          "\"" + specification.text() + "\": a standard deviation of " + std::to_string(deviation),
          "deviations are above 0");
    }
  }
  return result;
}

std::string required_path(const Specification& specification) {
  if (specification.path().empty()) {
    throw_usage("\"" + specification.text() + "\" names no file or folder",
                "write " + specification.kind() + ":PATH");
  }
  return specification.path();
}

}  // namespace gcompress::data
