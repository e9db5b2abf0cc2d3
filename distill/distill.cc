// Distillation: the job checked, the loss put together, the fit.
#include "gcompress/distill/distill.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <numeric>
#include <set>
#include <utility>

#include "gcompress/core/base/error.h"
#include "gcompress/core/train/learner.h"
#include "gcompress/core/train/objective.h"
#include "gcompress/core/train/torch_settings.h"
#include "gcompress/core/train/trainer.h"
#include "gcompress/distill/blend.h"
#include "gcompress/distill/features.h"

namespace gcompress::distill {
namespace {

using execute::TaskKind;

constexpr std::int64_t kProbe = 128;  // samples by which shapes and kinds of outputs are judged

void check_losses(const DistillJob& job, const DistillOptions& options) {
  const std::string task = execute::name_of(job.task.kind);
  bool teaches = false;
  for (const LossTerm& term : options.losses) {
    const LossRow& row = loss_row(term.name);
    teaches = teaches || row.sees != Sees::kLabels;
    if (row.sees == Sees::kLabels && job.task.kind == TaskKind::kUnlabelled) {
      throw_usage("the loss 'labels' needs labels; the data '" + job.train.name + "' has none",
                  "leave it out");
    }
    if (term.name == "decoupled" && job.task.kind != TaskKind::kClassification) {
      throw_usage("the loss 'decoupled' compares labelled classes, and the task is '" + task + "'",
                  "choose soft-targets");
    }
  }
  if (!teaches) throw_usage("no loss looks at the teacher", "add soft-targets to --loss");
}

// The pairs that a loss of features compares.
std::vector<FeaturePair> pairs_of(const LossRow& row, const DistillOptions& options,
                                  const ChosenFeatures& chosen) {
  if (!options.features.empty()) return options.features;
  if (!row.last_only && !chosen.maps.empty()) return chosen.maps;
  if (!row.needs_maps && !chosen.last.empty()) return chosen.last;
  throw_usage(
      std::string("no features to compare by the loss '") + row.name + "' were found",
      "name them: --features STUDENT=TEACHER; --list-features shows those of both networks");
}

std::vector<FeatureTerm> feature_terms(const DistillJob& job, const DistillOptions& options) {
  check_features(job, options.features);
  std::vector<FeatureTerm> terms;
  for (const LossTerm& term : options.losses) {
    const LossRow& row = loss_row(term.name);
    if (row.sees != Sees::kFeatures) continue;
    const ChosenFeatures chosen =
        options.features.empty() ? choose_features(job) : ChosenFeatures{};
    for (const FeaturePair& pair : pairs_of(row, options, chosen)) {
      terms.push_back({.row = &row, .weight = term.weight, .pair = pair, .adapters = {}});
    }
  }
  return terms;
}

template <typename Member>
std::vector<std::string> names_of(const std::vector<FeatureTerm>& terms, Member member) {
  std::set<std::string> names;
  for (const FeatureTerm& term : terms) names.insert(term.pair.*member);
  return {names.begin(), names.end()};
}

// What both say to the first samples.
struct Probe {
  train::TorchValues inputs;
  std::vector<torch::Tensor> outputs;
  train::TorchValues values;
};

Probe probe_student(const DistillJob& job, const std::vector<std::string>& values,
                    torch::Device device) {
  const torch::NoGradGuard no_gradients;
  train::Program student(job.student, {.device = device, .values = values});
  student.set_training(false);
  const std::int64_t fixed = train::fixed_batch(job.student);
  std::vector<std::int64_t> first(
      static_cast<std::size_t>(fixed > 0 ? fixed : std::min(job.train.size(), kProbe)));
  std::iota(first.begin(), first.end(), 0);
  Probe probe;
  probe.inputs = train::to_torch_inputs(job.student, job.train.batch(first), device);
  probe.outputs = student.forward(probe.inputs, &probe.values);
  return probe;
}

void check_outputs(const DistillJob& job, const Probe& student, const Answer& teachers) {
  const bool all = job.task.kind == TaskKind::kUnlabelled;
  if (all && student.outputs.size() != teachers.outputs.size()) {
    throw_usage(fmt::format("the teacher has {} outputs, the student {}", teachers.outputs.size(),
                            student.outputs.size()));
  }
  const std::size_t judged = all ? 0 : train::judged_output(job.student, job.task);
  for (std::size_t i = 0; i < (all ? student.outputs.size() : 1); ++i) {
    const torch::Tensor& one = student.outputs[all ? i : judged];
    if (one.numel() == teachers.outputs[i].numel()) continue;
    throw_usage("the teacher's answers have the shape " +
                    to_string(teachers.outputs[i].sizes().vec()) + ", the student's " +
                    to_string(one.sizes().vec()),
                "give networks for the same answers");
  }
}

std::string way_of_distilling(const DistillJob& job, const DistillOptions& options,
                              const std::vector<FeatureTerm>& terms) {
  std::string text =
      fmt::format("distil from {:016x}, temperature {}, trust {}", identity_of(job.teachers),
                  options.temperature, options.trust_always);
  for (const LossTerm& term : options.losses) {
    text += fmt::format("\n{} {}", term.name, term.weight);
  }
  for (const FeatureTerm& term : terms) {
    text += fmt::format("\n{}: {} = {}", term.row->name, term.pair.student, term.pair.teacher);
  }
  return text;
}

std::string feature_note(const std::vector<FeatureTerm>& terms) {
  std::map<std::string, std::string> pairs;
  for (const FeatureTerm& term : terms) {
    std::string& text = pairs[term.row->name];
    text += (text.empty() ? "" : ", ") + term.pair.student + "=" + term.pair.teacher;
  }
  std::string note;
  for (const auto& [loss, text] : pairs) {
    note += fmt::format("{}{} compares {}", note.empty() ? "The loss " : "; ", loss, text);
  }
  return note.empty() ? note : note + ".";
}

struct Prepared {
  std::shared_ptr<train::Loss> loss;
  std::string identity;
  std::vector<std::string> notes;
};

Prepared prepare(const DistillJob& job, const DistillOptions& options,
                 const train::FitOptions& fitting, const RunContext& context) {
  const train::TorchSettings settings(context);
  const torch::Device device = train::torch_device(context);
  const auto blend = std::make_shared<Blend>();
  blend->of_features = feature_terms(job, options);
  const std::vector<std::string> of_student = names_of(blend->of_features, &FeaturePair::student);
  const std::vector<std::string> of_teacher = names_of(blend->of_features, &FeaturePair::teacher);
  Teachers teachers(job, of_teacher, device);
  const Probe student = probe_student(job, of_student, device);
  const Answer answer = teachers.answer(student.inputs);
  check_outputs(job, student, answer);

  blend->task = job.task;
  blend->judged = train::judged_output(job.student, job.task);
  blend->temperature = options.temperature;
  blend->trust_always = options.trust_always;
  blend->label_smoothing = fitting.label_smoothing;
  for (const LossTerm& term : options.losses) {
    const LossRow& row = loss_row(term.name);
    if (row.sees == Sees::kLabels) blend->label_weight += term.weight;
    if (row.sees == Sees::kAnswers) blend->of_answers.emplace_back(&row, term.weight);
  }
  if (job.task.kind == TaskKind::kUnlabelled) {
    blend->matches = train::match_outputs(job.teachers.front(), answer.outputs);
  }
  Prepared prepared{.loss = std::make_shared<train::Loss>(), .identity = {}, .notes = {}};
  for (std::size_t i = 0; i < blend->of_features.size(); ++i) {
    FeatureTerm& term = blend->of_features[i];
    term.adapters =
        make_adapters(*term.row, student.values.at(term.pair.student).sizes(),
                      answer.values.at(term.pair.teacher).sizes(), context.seed, i, device);
    for (const auto& [name, adapter] : term.adapters) {
      prepared.loss->parameters[fmt::format("{}.{}.{}", i, term.row->name, name)] = adapter;
    }
  }
  blend->answers = std::make_shared<Answers>(std::move(teachers), answer);
  if (!options.cache_folder.empty()) {
    prepared.notes.push_back(blend->answers->use_cache(
        job, options, of_teacher, fitting.augmentation.any(), device, context));
  }
  if (!blend->of_features.empty()) prepared.notes.push_back(feature_note(blend->of_features));
  prepared.loss->values = of_student;
  prepared.loss->compute = [blend](const train::LossInputs& step) { return (*blend)(step); };
  prepared.identity = way_of_distilling(job, options, blend->of_features);
  return prepared;
}

}  // namespace

DistillResult distill(const DistillJob& job, const DistillOptions& options,
                      const train::FitOptions& fitting, const RunContext& context) {
  GCOMPRESS_CHECK(!job.teachers.empty());
  check_losses(job, options);
  Prepared prepared = prepare(job, options, fitting, context);
  train::FitHooks hooks;
  hooks.loss = prepared.loss;
  hooks.identity = prepared.identity;
  std::optional<train::Teacher> judge;  // of the tuning split
  if (job.task.kind == TaskKind::kUnlabelled) {
    judge = train::Teacher{
        .network = job.teachers.front(), .temperature = options.temperature, .weight = 1};
  }
  return {.fit = train::fit(job.student, job.train, job.tune, job.task, fitting, hooks, job.masks,
                            judge, context),
          .notes = std::move(prepared.notes)};
}

}  // namespace gcompress::distill
