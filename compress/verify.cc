// Verifying an output folder.
#include "gcompress/compress/verify.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <numeric>

#include "gcompress/compress/evidence.h"
#include "gcompress/compress/input_shapes.h"
#include "gcompress/compress/json_differences.h"
#include "gcompress/compress/load.h"
#include "gcompress/compress/measuring/energy.h"
#include "gcompress/compress/recipe.h"
#include "gcompress/core/base/error.h"
#include "gcompress/core/base/file.h"
#include "gcompress/core/base/hash.h"
#include "gcompress/core/base/scratch_folder.h"
#include "gcompress/core/graph/costs.h"
#include "gcompress/core/graph/weights.h"
#include "gcompress/core/onnx/onnx.h"
#include "gcompress/core/packed/packed.h"
#include "gcompress/measure/report_read.h"

namespace gcompress::compress {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

// What a report claims of a network, without the figures that are to be computed again.
measure::ModelReport facts_of(const measure::StoredModel& stored) {
  measure::ModelReport model{.role = stored.role, .name = stored.name, .path = stored.path};
  model.sha256 = stored.sha256;
  model.sizes = stored.sizes;
  for (const measure::StoredLatency& latency : stored.latency) {
    measure::LatencyResult result;
    result.executor = latency.executor;
    result.runtime.version = latency.version;
    result.runtime.precision = latency.precision;
    result.batch = latency.batch;
    result.threads = static_cast<int>(latency.threads);
    model.latency.push_back(std::move(result));
  }
  return model;
}

execute::Score score_of(const measure::ModelReport& model, const measure::Accuracy& claimed) {
  execute::Score score;
  score.metric = claimed.metric;
  score.total = static_cast<std::int64_t>(model.per_sample.size());
  const bool rights = counts_right_answers(claimed);
  double sum = 0;
  for (std::size_t i = 0; i < model.per_sample.size(); ++i) {
    // An answer is right where it is the label, whatever the file says of it.
    const bool labelled = model.answers.size() == model.per_sample.size();
    const double result =
        labelled ? (model.answers[i] == model.labels[i] ? 1 : 0) : model.per_sample[i];
    sum += result;
    if (rights) score.correct += result > 0.5 ? 1 : 0;
  }
  const auto count = static_cast<double>(std::max<std::int64_t>(score.total, 1));
  score.value = sum / count;
  const double detail = std::accumulate(model.detail.begin(), model.detail.end(), 0.0) / count;
  if (claimed.top5) score.top5 = detail;
  if (claimed.cell_accuracy) score.cell_accuracy = detail;
  return score;
}

class Verifier {
 public:
  // `report` is the text of report.json.
  Verifier(fs::path folder, std::string_view report, const Tables& tables)
      : folder_(std::move(folder)),
        stored_(measure::parse_report(report, (folder_ / "report.json").string())),
        recipe_(read_recipe(folder_ / "recipe.yaml", tables)),
        claimed_(Json::parse(report)) {}

  Verification run();

 private:
  void recompute_model(const measure::StoredModel& stored);
  void recompute_files(const measure::StoredModel& stored, measure::ModelReport& model);
  void recompute_energy();
  void recompute_comparison();
  void check_packed();
  void compare_with_claims();
  void compare(const std::string& pointer);
  void missing(const std::string& entry, const std::string& claimed, const std::string& found) {
    result_.findings.push_back({entry, claimed, found});
  }

  fs::path folder_;
  measure::StoredReport stored_;
  Recipe recipe_;
  Json claimed_;
  Json found_;
  measure::Report report_;
  std::vector<std::optional<graph::NetworkCost>> costs_;  // where the network is at hand
  Verification result_;
};

// Sizes and digest from the network's file, where it is there still.
void Verifier::recompute_files(const measure::StoredModel& stored, measure::ModelReport& model) {
  costs_.emplace_back();
  if (stored.path.empty()) {
    result_.not_checked.push_back("The file of '" + stored.name + "' is not kept: its sizes.");
    return;
  }
  const bool inside = stored.role != measure::Role::kBefore;
  const fs::path file = inside ? path_inside(folder_, stored.path) : fs::path(stored.path);
  std::error_code ignored;
  if (!inside && !fs::is_regular_file(file, ignored)) {
    result_.not_checked.push_back("'" + stored.path + "' is not there: sizes of '" + stored.name +
                                  "'.");
    return;
  }
  model.sha256 = sha256_of_file(file);
  if (!inside && model.sha256 != stored.sha256) {
    result_.not_checked.push_back("'" + stored.path + "' is another file by now: sizes of '" +
                                  stored.name + "'.");
    model.sha256 = stored.sha256;
    return;
  }
  const graph::Network network = load_network(file);
  const graph::NetworkCost cost =
      graph::cost(network, graph::find_weights(network), shapes_of_one_sample(network, nullptr));
  model.sizes.parameters = cost.parameters;
  model.sizes.parameters_nonzero = cost.nonzero_parameters;
  model.sizes.dense_bytes = cost.dense_bytes;
  // Where the data gave the shapes, the file alone does not know the FLOPs.
  if (cost.flops == stored.sizes.flops && cost.nonzero_flops == stored.sizes.flops_nonzero) {
    costs_.back() = cost;
  }
  if (stored.role == measure::Role::kAfter) {
    model.sizes.packed_bytes = static_cast<std::int64_t>(fs::file_size(folder_ / "model.gcz"));
  } else if (inside) {
    const ScratchFolder scratch;
    model.sizes.packed_bytes =
        static_cast<std::int64_t>(packed::write(network, scratch.path() / "rival.gcz").bytes);
  }
}

void Verifier::recompute_model(const measure::StoredModel& stored) {
  measure::ModelReport model = facts_of(stored);
  recompute_files(stored, model);
  read_evidence(folder_ / "evidence", model);
  if (stored.accuracy && !model.per_sample.empty()) {
    model.accuracy = measure::accuracy_of(score_of(model, *stored.accuracy));
  } else if (stored.accuracy && stored.accuracy->metric == "eval") {
    model.accuracy = stored.accuracy;
    result_.not_checked.push_back("The score of '" + stored.name +
                                  "' is by a command of the user.");
  } else if (!model.per_sample.empty()) {
    model.agreement = std::accumulate(model.per_sample.begin(), model.per_sample.end(), 0.0) /
                      static_cast<double>(model.per_sample.size());
  }
  for (measure::LatencyResult& latency : model.latency) summarize_times(latency);
  if (model.memory) summarize_cold_starts(*model.memory);
  report_.models.push_back(std::move(model));
}

void Verifier::recompute_energy() {
  report_.experiments = read_experiments(folder_ / "evidence");
  if (report_.experiments.empty()) return;
  const measure::Experiment& experiment = report_.experiments.front();
  for (std::size_t i = 0; i < report_.models.size(); ++i) {
    measure::ModelReport& model = report_.models[i];
    if (model.latency.empty()) continue;
    model.energy = energy_of(experiment, side_of(model, i), model.latency.front());
    if (costs_[i]) {
      const measure::LatencyResult& latency = model.latency.front();
      add_operation_estimate(*costs_[i], traits_of(latency.runtime.precision, latency.batch),
                             *model.energy);
    }
  }
}

void Verifier::recompute_comparison() {
  report_.stages = stored_.stages;
  report_.trials = stored_.trials;
  if (report_.trials) measure::summarize(report_.models, *report_.trials);
  compare_networks(recipe_.common, report_);
  add_footprint(recipe_.common, report_);
}

void Verifier::check_packed() {
  const graph::Network network = onnx::read(folder_ / "model.onnx");
  const graph::Network packed = packed::read(folder_ / "model.gcz");
  result_.checked.emplace_back("model.gcz");
  constexpr std::size_t kLargest = std::size_t{1} << 30;
  if (fs::file_size(folder_ / "model.onnx") > kLargest) {
    result_.not_checked.emplace_back("model.gcz is too large to be compared with model.onnx.");
  } else if (onnx::write_bytes(packed) != onnx::write_bytes(network)) {
    missing("model.gcz", "the network of model.onnx", "another network");
  }
}

void Verifier::compare(const std::string& pointer) {
  const Json::json_pointer at(pointer);
  const bool claims = claimed_.contains(at);
  const bool there = found_.contains(at);
  if (!claims && !there) return;
  result_.checked.push_back(pointer);
  add_differences(claims ? claimed_.at(at) : Json(nullptr), there ? found_.at(at) : Json(nullptr),
                  pointer, result_.findings);
}

void Verifier::compare_with_claims() {
  found_ = Json::parse(measure::to_json(report_));
  for (std::size_t i = 0; i < report_.models.size(); ++i) {
    const std::string model = "/models/" + std::to_string(i);
    for (const char* part : {"/sha256", "/sizes/parameters", "/sizes/parameters_nonzero",
                             "/sizes/dense_bytes", "/sizes/packed_bytes", "/accuracy", "/latency",
                             "/memory/cold_start", "/agreement/same_answer"}) {
      compare(model + part);
    }
    for (const char* part :
         {"/per_inference", "/marginal", "/idle_power", "/seconds", "/sensors", "/beside"}) {
      compare(model + "/energy" + part);
    }
    if (costs_[i]) compare(model + "/energy/estimates");
  }
  for (const char* part : {"/comparison", "/experiments", "/footprint", "/trials"}) compare(part);
  result_.not_checked.emplace_back(
      "Only a run can tell peak memory, FLOPs of a data set's shapes, what stages took, and where "
      "outputs without labels lie.");
}

Verification Verifier::run() {
  for (const measure::StoredModel& model : stored_.models) recompute_model(model);
  recompute_energy();
  recompute_comparison();
  check_packed();
  compare_with_claims();
  return std::move(result_);
}

}  // namespace

Verification verify(const fs::path& folder, const Tables& tables) {
  if (!fs::is_regular_file(folder / "report.json")) {
    throw_input("there is no report.json in it", {.file = folder.string()},
                "give the output folder of prune, train or measure --out");
  }
  const Bytes report = map_file(folder / "report.json");
  return Verifier(folder, as_text(report), tables).run();
}

std::string to_json(const Verification& verification) {
  Json findings = Json::array();
  for (const Finding& finding : verification.findings) {
    findings.push_back(
        {{"entry", finding.entry}, {"claimed", finding.claimed}, {"found", finding.found}});
  }
  const Json json = {{"schema", "gcompress-verification/1"},
                     {"verified", verification.findings.empty()},
                     {"checked", verification.checked},
                     {"not_checked", verification.not_checked},
                     {"findings", findings}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace gcompress::compress
