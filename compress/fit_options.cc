// The options of training.
#include "gcompress/compress/fit_options.h"

#include "gcompress/core/base/error.h"

namespace gcompress::compress {

std::vector<OptionRow> fit_options() {
  return {
      {.name = "epochs",
       .fallback = std::int64_t{10},
       .help = "passes over the training data",
       .least = 0,
       .most = 1e6},
      {.name = "batch-size",
       .fallback = std::int64_t{128},
       .help = "samples a step",
       .least = 1,
       .most = 1e6},
      {.name = "optimizer",
       .fallback = std::string("adamw"),
       .help = "how weights move",
       .choices = {"adamw", "sgd"}},
      {.name = "learning-rate",
       .fallback = 1e-3,
       .help = "at its highest",
       .least = 1e-9,
       .most = 100},
      {.name = "momentum", .fallback = 0.9, .help = "of SGD", .least = 0, .most = 0.9999},
      {.name = "weight-decay",
       .fallback = 0.0,
       .help = "decoupled for AdamW",
       .least = 0,
       .most = 10},
      {.name = "l1",
       .fallback = 0.0,
       .help = "L1 penalty until the masks freeze; tiny networks",
       .least = 0,
       .most = 10},
      {.name = "schedule",
       .fallback = std::string("cosine"),
       .help = "of the learning rate",
       .choices = {"constant", "step", "cosine"}},
      {.name = "hold",
       .fallback = 0.0,
       .help = "share of the steps before the schedule begins",
       .least = 0,
       .most = 1},
      {.name = "warmup",
       .fallback = std::int64_t{0},
       .help = "steps of linear warm-up",
       .least = 0,
       .most = 1e9},
      {.name = "label-smoothing",
       .fallback = 0.0,
       .help = "share of the labels spread out",
       .least = 0,
       .most = 0.9},
      {.name = "clip-gradient",
       .fallback = 0.0,
       .help = "largest 2-norm; 0: off",
       .least = 0,
       .most = 1e9},
      {.name = "average",
       .fallback = 0.0,
       .help = "keep this moving average of the weights instead: 0.999; 0: off",
       .least = 0,
       .most = 0.99999},
      {.name = "sharpness",
       .fallback = 0.0,
       .help = "descend by gradients so far uphill (SAM): 0.05; 0: off",
       .least = 0,
       .most = 10},
      {.name = "flip", .fallback = false, .help = "mirror images half of the time"},
      {.name = "crop",
       .fallback = std::int64_t{0},
       .help = "pad images by so many and crop back",
       .least = 0,
       .most = 1024},
      {.name = "patience",
       .fallback = std::int64_t{0},
       .help = "stop after so many epochs without improvement; 0: off",
       .least = 0,
       .most = 1e6},
      {.name = "restore-best",
       .fallback = true,
       .help = "keep the epoch that is best on the tuning split, not the last"},
      {.name = "checkpoint-seconds",
       .fallback = 60.0,
       .help = "time between checkpoints; each epoch writes one too",
       .least = 0,
       .most = 1e6},
  };
}

std::vector<OptionRow> teacher_options(const std::string& network) {
  return {{.name = "distill",
           .fallback = 0.7,
           .help = "weight of the " + network + " network's answers in the loss; 0: labels only",
           .least = 0,
           .most = 1},
          {.name = "temperature",
           .fallback = 3.0,
           .help = "of those answers",
           .least = 0.1,
           .most = 100}};
}

void set_default(std::vector<OptionRow>& rows, const std::string& name, SettingValue value) {
  for (OptionRow& row : rows) {
    if (row.name != name) continue;
    GCOMPRESS_CHECK(row.fallback.index() == value.index());
    row.fallback = std::move(value);
    return;
  }
  GCOMPRESS_CHECK(false);
}

}  // namespace gcompress::compress
