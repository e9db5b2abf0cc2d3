// Writing an output folder.
#include "gcompress/compress/artifacts.h"

#include "gcompress/compress/evidence.h"
#include "gcompress/core/base/file.h"
#include "gcompress/core/base/hash.h"
#include "gcompress/core/onnx/onnx.h"
#include "gcompress/core/packed/packed.h"
#include "gcompress/measure/report_page/page.h"

namespace gcompress::compress {

namespace fs = std::filesystem;

namespace {

// A network that the report claims something about: kept, so that the claim can be checked.
void write_beside(const graph::Network& network, measure::Role role, const std::string& name,
                  measure::Report& report, const fs::path& folder) {
  const fs::path file = fs::path(measure::name_of(role) + "s") / (file_stem(name) + ".onnx");
  fs::create_directories((folder / file).parent_path());
  onnx::write(network, folder / file);
  for (measure::ModelReport& model : report.models) {
    if (model.role != role || model.name != name) continue;
    model.path = file.string();
    model.sha256 = sha256_of_file(folder / file);
  }
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
    model.sizes.packed_bytes = static_cast<std::int64_t>(fs::file_size(folder / "model.gcz"));
  }
  for (const Step& step : state.steps) {
    write_beside(step.network, measure::Role::kStage, step.name, report, folder);
  }
  for (const Rival& rival : state.rivals) {
    if (rival.is_before) continue;
    write_beside(rival.network, measure::Role::kRival, rival.name, report, folder);
  }
  const measure::ModelReport* before = report.find(measure::Role::kBefore);
  const measure::ModelReport* after = report.find(measure::Role::kAfter);
  if (report.comparison && before != nullptr && after != nullptr) {
    report.comparison->verdict = verdict_of(*before, *after, report.models, *report.comparison);
  }
  write_evidence(report, folder / "evidence");
  write_file_atomically(folder / "recipe.yaml", to_yaml(recipe));
  const std::string json = measure::to_json(report);
  write_file_atomically(folder / "report.json", json);
  write_file_atomically(folder / "report.html", measure::to_html(json));
  write_file_atomically(folder / "report.md", measure::to_markdown(report));
}

}  // namespace gcompress::compress
