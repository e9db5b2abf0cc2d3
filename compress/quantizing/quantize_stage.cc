// Samples, search, report.
#include "gcompress/compress/quantizing/quantize_stage.h"

#include <algorithm>

#include "gcompress/compress/input_shapes.h"
#include "gcompress/compress/quantizing/moments.h"
#include "gcompress/compress/quantizing/notes.h"
#include "gcompress/compress/quantizing/options.h"
#include "gcompress/core/base/error.h"
#include "gcompress/core/graph/topology.h"
#include "gcompress/quantize/prepare.h"

namespace gcompress::compress {
namespace {

// Samples to calibrate with, and to judge by. They come out of the same split where that is all
// there is, and never out of the test part.
struct Samples {
  data::Dataset calibration;
  data::Dataset judged;
};

void validate(const Settings& settings, const Settings& common) {
  if (settings.text("calibrate").empty() && common.text("data").empty()) {
    throw_usage("quantizing needs samples to calibrate with, and none are given",
                "add --calibrate DATA (labels are not needed), or --data DATA");
  }
  if (settings.integer("epochs") > 0 && common.text("data").empty()) {
    throw_usage("training with the rounding in place needs data",
                "add --data DATA, or leave --epochs out");
  }
}

// A program that is given as the executor needs no libtorch; neither does ONNX Runtime.
bool needs_training(const Settings& settings, const Settings& common) {
  return settings.integer("epochs") > 0 || common.text("executor").starts_with("torch");
}

data::DataParts open_calibration(const std::string& specification, const graph::Network& network,
                                 const RunContext& context) {
  data::OpenOptions options{.seed = context.seed};
  if (network.find_metadata(data::kPreprocessingKey) != nullptr) {
    options.preprocessing = data::preprocessing_of(network.metadata, {});
  }
  return data::open(specification, options, context);
}

Samples samples_of(const Settings& settings, const StageState& state, const RunContext& context) {
  const std::string& specification = settings.text("calibrate");
  if (specification.empty()) return {state.data->tune, state.data->tune};
  const data::DataParts parts = open_calibration(specification, state.network, context);
  if (state.data) return {parts.train, state.data->tune};
  return {parts.train, parts.tune};
}

// By first output, as the plan wants them.
quantize::KeepFloat kept_float(const std::vector<std::string>& names,
                               const graph::Network& prepared) {
  quantize::KeepFloat kept;
  for (const std::string& name : names) {
    bool found = false;
    for (const graph::Node& node : prepared.graph.nodes) {
      if (node.outputs.empty() || (graph::label_of(node) != name && node.outputs[0] != name))
        continue;
      kept.emplace(node.outputs.front(), "--keep-float names it");
      found = true;
    }
    if (!found) {
      throw_usage("--keep-float: the network has no layer '" + name + "'",
                  "gcompress inspect lists the layers");
    }
  }
  return kept;
}

}  // namespace

void run_quantize(Settings& settings, StageState& state, const StageContext& context,
                  const quantize::TrainRounded& train) {
  const Samples samples = samples_of(settings, state, context.run);
  const graph::Network prepared = quantize::prepared(state.network);
  const graph::Network before = state.network;
  quantize::SearchOptions options = search_options_of(
      settings, context.common, state.task.kind != execute::TaskKind::kUnlabelled);
  options.quantize.keep_float = kept_float(settings.list("keep-float"), prepared);
  const quantize::Judge judge(prepared, context.make_executor, samples.judged, state.task,
                              {.samples = settings.integer("judged-samples")}, context.run);
  const quantize::MomentSource moments =
      moment_source(samples.calibration, context.make_executor, context.run);
  const quantize::ShapesOf shapes_of = [&samples](const graph::Network& network) {
    return shapes_of_one_sample(network, &samples.calibration);
  };
  const quantize::Found found = quantize::search(prepared, options,
                                                 {.calibration = samples.calibration,
                                                  .make_executor = context.make_executor,
                                                  .judge = judge,
                                                  .moments = moments,
                                                  .shapes_of = shapes_of,
                                                  .context = context.run,
                                                  .train = train});
  const quantize::IntegerShare share =
      quantize::integer_share_of(found.prepared, found.quantized.plan,
                                 shapes_of_one_sample(found.prepared, &samples.calibration));
  const TargetRuntimeRow& runtime = target_runtime(settings.text("target-runtime"));
  settings.resolve("target-runtime", runtime.name);
  settings.resolve("calibrator", found.calibrator);
  state.notes.insert(state.notes.end(), found.notes.begin(), found.notes.end());
  for (std::string& note : quantizing_notes(before, found, share, runtime)) {
    state.notes.push_back(std::move(note));
  }
  state.network = found.quantized.network;
}

StageRow quantize_stage() {
  return {.name = "quantize",
          .summary = "int8 weights and activations, by calibration",
          .options = quantize_options(),
          .compresses = true,
          .needs_training = needs_training,
          .validate = validate,
          .run = [](Settings& settings, StageState& state, const StageContext& context) {
            run_quantize(settings, state, context, {});
          }};
}

}  // namespace gcompress::compress
