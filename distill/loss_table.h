// The table of losses: how each sees a step. A new one is a row here, its equation in losses.h, and
// its name with a default weight in compress/distillation/losses.
// Internal to distill: this header includes torch.
#pragma once

#include <torch/torch.h>

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string>

namespace gcompress::distill {

enum class Sees {
  kLabels,    // the task's own loss
  kAnswers,   // what the networks answer
  kFeatures,  // values inside
};

// Classes: logits [N, C] of both, and what the right class is, [N] int64: the label, or the
// teacher's own choice without labels.
struct AnswerView {
  const torch::Tensor& student;
  const torch::Tensor& teacher;
  const torch::Tensor& targets;
  double temperature;
};

struct FeatureView {
  const torch::Tensor& student;
  const torch::Tensor& teacher;
  const torch::Tensor& labels;                           // [N] classes; undefined without
  const std::map<std::string, torch::Tensor>& adapters;  // of this loss and pair
};

// What a pair's shapes (with the batch in front) ask for: the sizes of the adapters by name, each
// [outputs, inputs].
using AdapterShapes = std::map<std::string, std::array<std::int64_t, 2>>;

struct LossRow {
  const char* name;
  Sees sees;
  torch::Tensor (*of_answers)(const AnswerView&);    // [N]; kAnswers
  torch::Tensor (*of_features)(const FeatureView&);  // a scalar; kFeatures
  // Throws Error(kUsage) with both shapes where nothing joins them. kFeatures.
  AdapterShapes (*adapters)(torch::IntArrayRef student, torch::IntArrayRef teacher);
  bool needs_maps;  // [N, C, H, W] only
  bool last_only;   // of pairs that were chosen, the deepest one only
};

std::span<const LossRow> losses();
// Throws Error(kUsage) naming the nearest.
const LossRow& loss_row(const std::string& name);

}  // namespace gcompress::distill
