// Distillation: trains a student from one or several teachers. No torch in this header.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "gcompress/core/base/run_context.h"
#include "gcompress/core/data/dataset.h"
#include "gcompress/core/execute/task.h"
#include "gcompress/core/graph/masks.h"
#include "gcompress/core/graph/network.h"
#include "gcompress/core/graph/shapes.h"
#include "gcompress/core/train/fit.h"

namespace gcompress::distill {

// A part of the loss: a row of the table of losses and what it is multiplied by.
struct LossTerm {
  std::string name;
  double weight = 1;
};

// Values inside both networks that are compared.
struct FeaturePair {
  std::string student;
  std::string teacher;  // of the first teacher
  bool operator==(const FeaturePair&) const = default;
};

struct DistillOptions {
  std::vector<LossTerm> losses;  // at least one
  // Empty: chosen (features.h), if any loss compares features.
  std::vector<FeaturePair> features;
  double temperature = 4;
  // Where labels count too, a teacher's answer counts only for samples whose class it gets right,
  // and the label takes its place elsewhere (Meng et al. 2019). True: it counts everywhere.
  bool trust_always = false;
  // Answers of the teachers are kept in this folder instead of computed in every epoch, unless
  // samples are augmented or that takes more bytes; empty: not.
  std::filesystem::path cache_folder;
  std::int64_t cache_bytes = std::int64_t{512} << 20;
};

// What is distilled from what. All outlives the call.
struct DistillJob {
  const graph::Network& student;
  const std::vector<graph::Network>& teachers;  // at least one; outputs of several are averaged
  // Shapes of one sample's values, of the student and the first teacher.
  const graph::InferredShapes& student_shapes;
  const graph::InferredShapes& teacher_shapes;
  const data::Dataset& train;  // may be unlabelled: then only losses that need no labels go
  const data::Dataset& tune;
  const execute::Task& task;  // of the student
  const graph::Masks& masks;  // of the student: what they remove stays zero
};

struct DistillResult {
  train::FitResult fit;
  std::vector<std::string> notes;  // decisions, for the report
};

// Of the table of losses (loss_table.h).
std::vector<std::string> loss_names();

// Same seed, machine and threads: same bits. Throws Error(kUsage) where the job makes no sense: a
// loss or a feature that is not there (naming the nearest), classes or shapes that do not fit, and
// whatever train::fit throws.
DistillResult distill(const DistillJob& job, const DistillOptions& options,
                      const train::FitOptions& fitting, const RunContext& context);

}  // namespace gcompress::distill
