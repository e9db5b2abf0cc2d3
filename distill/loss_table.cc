// The table of losses.
#include "gcompress/distill/loss_table.h"

#include <vector>

#include "gcompress/core/base/error.h"
#include "gcompress/core/base/nearest.h"
#include "gcompress/distill/distill.h"
#include "gcompress/distill/losses.h"

namespace gcompress::distill {
namespace {

std::string text_of(torch::IntArrayRef shape) {
  std::string text = "[N";
  for (std::size_t i = 1; i < shape.size(); ++i) text += ", " + std::to_string(shape[i]);
  return text + "]";
}

[[noreturn]] void throw_unjoined(const char* loss, const char* wants, torch::IntArrayRef student,
                                 torch::IntArrayRef teacher) {
  throw_usage(std::string("no adapter of the loss '") + loss + "' joins " + text_of(student) +
                  " to " + text_of(teacher),
              std::string(wants) + "; --list-features shows the shapes of both networks");
}

torch::Tensor soft_targets_of(const AnswerView& view) {
  return soft_targets(view.student, view.teacher, view.temperature);
}

torch::Tensor decoupled_of(const AnswerView& view) {
  return decoupled(view.student, view.teacher, view.targets, view.temperature);
}

torch::Tensor hint_of(const FeatureView& view) {
  return hint(view.student, view.teacher, view.adapters.at("student"));
}

AdapterShapes hint_adapters(torch::IntArrayRef student, torch::IntArrayRef teacher) {
  bool fits = student.size() == teacher.size() && student.size() >= 2;
  if (fits && student.size() == 4) return {{"student", {teacher[1], student[1]}}};
  for (std::size_t axis = 1; fits && axis + 1 < student.size(); ++axis) {
    fits = student[axis] == teacher[axis];
  }
  if (!fits) {
    throw_unjoined("hint", "choose maps of both, or rows of both", student, teacher);
  }
  return {{"student", {teacher.back(), student.back()}}};
}

torch::Tensor attention_of(const FeatureView& view) {
  return attention(view.student, view.teacher);
}

AdapterShapes attention_adapters(torch::IntArrayRef student, torch::IntArrayRef teacher) {
  if (student.size() != 4 || teacher.size() != 4) {
    throw_unjoined("attention", "it compares maps [N, channels, height, width]", student, teacher);
  }
  return {};
}

torch::Tensor similarity_of(const FeatureView& view) {
  return similarity(view.student, view.teacher);
}

AdapterShapes no_adapters(torch::IntArrayRef, torch::IntArrayRef) { return {}; }

torch::Tensor contrastive_of(const FeatureView& view) {
  return contrastive(view.student, view.teacher, view.adapters.at("student"),
                     view.adapters.at("teacher"), view.labels);
}

AdapterShapes contrastive_adapters(torch::IntArrayRef student, torch::IntArrayRef teacher) {
  if (student.size() < 2 || teacher.size() < 2) {
    throw_unjoined("contrastive", "choose values with channels", student, teacher);
  }
  return {{"student", {kProjection, student[1]}}, {"teacher", {kProjection, teacher[1]}}};
}

constexpr std::array<LossRow, 7> kLosses = {{
    {"labels", Sees::kLabels, nullptr, nullptr, nullptr, false, false},
    {"soft-targets", Sees::kAnswers, soft_targets_of, nullptr, nullptr, false, false},
    {"decoupled", Sees::kAnswers, decoupled_of, nullptr, nullptr, false, false},
    {"hint", Sees::kFeatures, nullptr, hint_of, hint_adapters, false, false},
    {"attention", Sees::kFeatures, nullptr, attention_of, attention_adapters, true, false},
    {"similarity", Sees::kFeatures, nullptr, similarity_of, no_adapters, false, true},
    {"contrastive", Sees::kFeatures, nullptr, contrastive_of, contrastive_adapters, false, true},
}};

}  // namespace

std::span<const LossRow> losses() { return kLosses; }

std::vector<std::string> loss_names() {
  std::vector<std::string> names;
  for (const LossRow& row : kLosses) names.emplace_back(row.name);
  return names;
}

const LossRow& loss_row(const std::string& name) {
  for (const LossRow& row : kLosses) {
    if (row.name == name) return row;
  }
  const std::string near = nearest(name, loss_names());
  throw_usage("there is no loss '" + name + "'",
              near.empty() ? "--help lists the losses" : "did you mean '" + near + "'?");
}

}  // namespace gcompress::distill
