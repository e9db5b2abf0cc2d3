// The stage "distill".
#include "gcompress/compress/training/distillation/run_distill.h"

#include <fmt/format.h>

#include <filesystem>

#include "gcompress/compress/distillation/distill_stage.h"
#include "gcompress/compress/distillation/losses.h"
#include "gcompress/compress/distillation/narrow.h"
#include "gcompress/compress/input_shapes.h"
#include "gcompress/compress/load.h"
#include "gcompress/compress/training/distillation/generated_data.h"
#include "gcompress/compress/training/fit_settings.h"
#include "gcompress/core/base/error.h"
#include "gcompress/distill/distill.h"

namespace gcompress::compress {
namespace {

std::vector<graph::Network> teachers_of(const Settings& settings, const StageState& state) {
  std::vector<graph::Network> teachers;
  for (const std::string& file : settings.list("teacher")) teachers.push_back(load_network(file));
  // The network before is the one that entered where this is the first stage to compress: then it
  // teaches only what is made narrower than it.
  const bool compressed = !state.steps.empty() || settings.number("width") < 1;
  if (teachers.empty() && compressed) teachers.push_back(*state.before);
  if (teachers.empty()) {
    throw_usage("distilling needs a teacher",
                "add --teacher, a trained .onnx or .gcz, or --width to narrow the network given");
  }
  return teachers;
}

// Teachers see what the student sees, so what each was trained with must be the same. A student
// that says nothing takes the teacher's.
void agree_on_preprocessing(const std::vector<graph::Network>& teachers, StageState& state) {
  const bool student_says = state.network.find_metadata(data::kPreprocessingKey) != nullptr;
  for (const graph::Network& teacher : teachers) {
    if (teacher.find_metadata(data::kPreprocessingKey) == nullptr) continue;
    data::DataParts& parts = *state.data;
    const data::Preprocessing wanted =
        data::preprocessing_of(teacher.metadata, parts.train.preprocessing);
    data::Preprocessing same_sizes = parts.train.preprocessing;
    same_sizes.scale = wanted.scale;
    same_sizes.mean = wanted.mean;
    same_sizes.standard_deviation = wanted.standard_deviation;
    if (wanted == parts.train.preprocessing) continue;
    if (student_says || same_sizes != wanted) {
      throw_usage("the teacher " + teacher.source.filename().string() +
                      " was trained with other preprocessing than the student",
                  "train both with the same scale, mean, deviation and size");
    }
    for (data::Dataset* part : {&parts.train, &parts.tune, &parts.test}) {
      part->preprocessing = wanted;
    }
  }
}

distill::DistillOptions options_of(const Settings& settings, const StageState& state,
                                   const StageContext& context) {
  distill::DistillOptions options;
  const bool labelled = state.data && state.task.kind != execute::TaskKind::kUnlabelled;
  const auto losses = settings.list("loss").empty() ? default_losses(labelled)
                                                    : parse_losses(settings.list("loss"));
  for (const auto& [name, weight] : losses) options.losses.push_back({name, weight});
  for (const auto& [student, teacher] : parse_features(settings.list("features"))) {
    options.features.push_back({student, teacher});
  }
  options.temperature = settings.number("temperature");
  options.trust_always = settings.text("trust") == "always";
  options.cache_bytes = settings.integer("cache-megabytes") << 20;
  const bool pays = settings.integer("epochs") > 1 && options.cache_bytes > 0;
  if (!settings.text("cache").empty()) {
    options.cache_folder = settings.text("cache");
  } else if (pays && !context.checkpoints.empty()) {
    options.cache_folder = context.checkpoints / "answers";
  }
  return options;
}

std::string note_of(const distill::DistillOptions& options,
                    const std::vector<graph::Network>& teachers) {
  std::string losses;
  for (const auto& [name, weight] : options.losses) {
    losses += fmt::format("{}{} (weight {:g})", losses.empty() ? "" : ", ", name, weight);
  }
  std::string names;
  for (const graph::Network& teacher : teachers) {
    const std::string name = teacher.source.filename().string();
    names += (names.empty() ? "" : ", ") + (name.empty() ? "the network before" : name);
  }
  return fmt::format("Distilled from {} by {}, temperature {:g}.", names, losses,
                     options.temperature);
}

// What the same training gives by labels alone.
void add_rival(const Settings& settings, StageState& state, const StageContext& context) {
  if (context.common.text("rivals") != "full") return;
  if (state.task.kind == execute::TaskKind::kUnlabelled) return;
  context.begin_part("rivals");
  const train::FitOptions fitting = fit_options_of(settings, context, "rival-alone");
  train::FitResult alone =
      train::fit(state.network, state.data->train, state.data->tune, state.task, fitting, {},
                 state.masks, std::nullopt, context.run);
  state.rivals.push_back({"student without teacher", std::move(alone.network)});
}

// Without data of the user's, data that were generated.
const data::DataParts& data_of(const std::optional<data::DataParts>& generated,
                               const StageState& state) {
  return generated ? *generated : *state.data;
}

std::string generated_note(const data::DataParts& generated) {
  return fmt::format(
      "No data was given: the student learned from {} inputs generated from the teacher's batch "
      "norms. That is weaker than data, and its accuracy is unknown: measure it on data before "
      "use.",
      generated.train.size() + generated.tune.size());
}

}  // namespace

void run_distill(Settings& settings, StageState& state, const StageContext& context) {
  const std::vector<graph::Network> teachers = teachers_of(settings, state);
  if (settings.number("width") < 1) narrow(settings.number("width"), state, context.run);
  std::optional<data::DataParts> generated;
  if (state.data) {
    agree_on_preprocessing(teachers, state);
  } else {
    context.begin_part("generate inputs");
    generated = generate_data(teachers.front(), settings, context.run);
    state.notes.push_back(generated_note(*generated));
  }
  const data::DataParts& data = data_of(generated, state);
  const graph::InferredShapes student_shapes = shapes_of_one_sample(state.network, &data.train);
  const graph::InferredShapes teacher_shapes = shapes_of_one_sample(teachers.front(), &data.train);
  const distill::DistillOptions options = options_of(settings, state, context);
  add_rival(settings, state, context);
  context.begin_part("distill");
  distill::DistillResult result =
      distill::distill({.student = state.network,
                        .teachers = teachers,
                        .student_shapes = student_shapes,
                        .teacher_shapes = teacher_shapes,
                        .train = data.train,
                        .tune = data.tune,
                        .task = state.task,
                        .masks = state.masks},
                       options, fit_options_of(settings, context, "fit"), context.run);
  state.notes.push_back(note_of(options, teachers));
  for (std::string& note : result.notes) state.notes.push_back(std::move(note));
  if (result.fit.stopped_early) {
    state.notes.push_back(
        fmt::format("Distilling stopped early after {} epochs.", result.fit.epochs.size()));
  }
  state.network = std::move(result.fit.network);
}

}  // namespace gcompress::compress
