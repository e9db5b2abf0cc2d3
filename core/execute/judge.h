// Judges one batch of outputs against its labels.
#pragma once

#include <span>

#include "gcompress/core/base/tensor.h"
#include "gcompress/core/execute/evaluate.h"

namespace gcompress::execute {

// Sums over batches that become a Score. An output that is not a number counts as wrong.
struct Judgement {
  Score score;  // per_sample and answers grow; correct and total are counted
  std::int64_t top5_right = 0;
  std::int64_t cells_right = 0;
  std::int64_t cells = 0;
};

// Adds a batch: output [rows, ...] and labels [rows, ...]. Throws Error(kInput) with both shapes
// where they do not fit.
void judge(const Tensor& output, const Tensor& labels, const Task& task, Judgement& judgement);

// The means, once all batches are in.
Score finished(Judgement judgement, const Task& task);

// The index of the largest value, the first of equals; -1 if one of them is not a number.
std::int64_t largest(std::span<const float> values);

}  // namespace gcompress::execute
