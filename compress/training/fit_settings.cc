// From settings to train::FitOptions.
#include "gcompress/compress/training/fit_settings.h"

namespace gcompress::compress {
namespace {

train::ScheduleKind schedule_of(const std::string& name) {
  if (name == "constant") return train::ScheduleKind::kConstant;
  return name == "step" ? train::ScheduleKind::kStep : train::ScheduleKind::kCosine;
}

}  // namespace

train::FitOptions fit_options_of(const Settings& settings) {
  train::FitOptions options;
  options.epochs = settings.integer("epochs");
  options.batch_size = settings.integer("batch-size");
  options.optimizer = settings.text("optimizer") == "sgd" ? train::OptimizerKind::kSgd
                                                          : train::OptimizerKind::kAdamW;
  options.learning_rate = settings.number("learning-rate");
  options.momentum = settings.number("momentum");
  options.weight_decay = settings.number("weight-decay");
  options.l1 = settings.number("l1");
  options.schedule = schedule_of(settings.text("schedule"));
  options.hold = settings.number("hold");
  options.warmup_steps = settings.integer("warmup");
  options.label_smoothing = settings.number("label-smoothing");
  options.clip_gradient = settings.number("clip-gradient");
  options.average = settings.number("average");
  options.sharpness = settings.number("sharpness");
  options.augmentation = {.flip = settings.flag("flip"), .padded_crop = settings.integer("crop")};
  options.patience = settings.integer("patience");
  options.restore_best = settings.flag("restore-best");
  options.checkpoint_every_seconds = settings.number("checkpoint-seconds");
  return options;
}

train::FitOptions fit_options_of(const Settings& settings, const StageContext& context,
                                 const std::string& name) {
  train::FitOptions options = fit_options_of(settings);
  if (!context.checkpoints.empty()) options.checkpoint_folder = context.checkpoints / name;
  options.resume = context.resume;
  return options;
}

std::optional<train::Teacher> teacher_of(const Settings& settings, const execute::Task& task,
                                         const graph::Network& network) {
  const bool unlabelled = task.kind == execute::TaskKind::kUnlabelled;
  const bool classes = task.kind == execute::TaskKind::kClassification;
  const double weight = unlabelled ? 1.0 : settings.number("distill");
  if (weight == 0 || !(unlabelled || classes)) return std::nullopt;
  return train::Teacher{
      .network = network, .temperature = settings.number("temperature"), .weight = weight};
}

}  // namespace gcompress::compress
