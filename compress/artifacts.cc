// Writing an output folder.
#include "gcompress/compress/artifacts.h"

#include <fmt/format.h>

#include <ostream>

#include "gcompress/core/base/file.h"
#include "gcompress/core/base/hash.h"
#include "gcompress/core/onnx/onnx.h"
#include "gcompress/core/packed/packed.h"

namespace gcompress::compress {
namespace {

namespace fs = std::filesystem;

std::string file_name_of(const measure::ModelReport& model) {
  std::string name =
      model.role == measure::Role::kRival ? "rival " + model.name : measure::name_of(model.role);
  for (char& letter : name) {
    if (letter == ' ' || letter == '/') letter = '-';
  }
  return name + ".csv";
}

// One line a sample: its number, whether it was right (or its error), and the answer.
void write_samples(const measure::ModelReport& model, const fs::path& folder) {
  if (model.per_sample.empty()) return;
  write_file_atomically(folder / file_name_of(model), [&](std::ostream& out) {
    out << "sample,result" << (model.answers.empty() ? "" : ",answer") << "\n";
    for (std::size_t i = 0; i < model.per_sample.size(); ++i) {
      out << i << ',' << fmt::format("{}", model.per_sample[i]);
      if (!model.answers.empty()) out << ',' << model.answers[i];
      out << "\n";
    }
  });
}

}  // namespace

void write_artifacts(const StageState& state, const Recipe& recipe, measure::Report& report,
                     const fs::path& folder) {
  onnx::write(state.network, folder / "model.onnx");
  packed::write(state.network, folder / "model.gcz");
  for (measure::ModelReport& model : report.models) {
    if (model.role != measure::Role::kAfter) continue;
    model.path = "model.onnx";
    model.sha256 = sha256_of_file(folder / "model.onnx");
  }
  fs::create_directories(folder / "evidence");
  for (const measure::ModelReport& model : report.models) write_samples(model, folder / "evidence");
  write_file_atomically(folder / "recipe.yaml", to_yaml(recipe));
  write_file_atomically(folder / "report.json", measure::to_json(report));
}

}  // namespace gcompress::compress
