// What a network's outputs mean: the loss that trains it and the metric that judges it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gcompress/core/data/dataset.h"
#include "gcompress/core/graph/network.h"

namespace gcompress::execute {

enum class TaskKind {
  kClassification,  // logits or probabilities [N, classes]; labels int64 [N]
  kBinary,          // one logit a sample [N] or [N, 1]; labels 0 or 1
  kCells,           // logits [N, 1, H, W]; labels of that shape, 0 or 1 (Game of Life)
  kRegression,      // [N, ...]; float labels of that shape
  kUnlabelled,      // no labels: judged by agreement with a reference network's outputs
};

struct Task {
  TaskKind kind = TaskKind::kUnlabelled;
  std::string output;  // the judged output's name; the first where empty
  std::int64_t classes = 0;
  bool outputs_are_probabilities = false;  // the network ends in Softmax or Sigmoid
};

// Reads the task off the data and the network. Throws Error(kUsage), with both shapes, where they
// do not fit (10 logits, labels up to 31).
Task make_task(const graph::Network& network, const data::Dataset& data, const std::string& kind);

std::string name_of(TaskKind kind);
// "top1", "accuracy", "board_accuracy", "mean_squared_error", "agreement".
std::string metric_of(TaskKind kind);
// True where larger is better.
bool higher_is_better(TaskKind kind);

}  // namespace gcompress::execute
