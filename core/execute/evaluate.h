// The accuracy loop that everyone shares.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gcompress/core/base/run_context.h"
#include "gcompress/core/data/dataset.h"
#include "gcompress/core/execute/executor.h"
#include "gcompress/core/execute/task.h"

namespace gcompress::execute {

// How a network did, with the result of every sample.
struct Score {
  std::string metric;
  double value = 0;               // the mean of per_sample (top-1 in 0..1, mean squared error, ...)
  std::int64_t correct = 0;       // classification, binary, cells (whole boards); else 0
  std::int64_t total = 0;         // samples
  double top5 = -1;               // classification with more than 5 classes; else -1
  double cell_accuracy = -1;      // cells: share of cells right; else -1
  std::vector<float> per_sample;  // 1 right, 0 wrong; or the error
  std::vector<std::int64_t> answers;  // predicted class (classification, binary); else empty
  std::vector<std::int64_t> labels;   // the right ones of those
  std::vector<double> detail;  // 1 if the label was among the first five; share of cells right
};

struct EvaluateOptions {
  std::int64_t batch_size = 256;
  std::string work = "evaluate";  // name in the progress
};

// Runs all samples of the data through the executor, a batch at a time. A network whose batch
// dimension is fixed is fed batches of that size (the last padded and cut).
Score evaluate(Executor& executor, const data::Dataset& data, const Task& task,
               const EvaluateOptions& options, const RunContext& context);

// Without labels: how far the outputs are from a reference network's on the same samples.
struct Agreement {
  double same_answer = 0;         // the mean of per_sample; 0..1
  double relative_distance = 0;   // |a - b| / |b| over all outputs, 2-norms
  double largest_difference = 0;  // max |a - b| / max |b|
  std::int64_t samples = 0;
  std::vector<float> per_sample;  // equal_answers (answers.h)
};
Agreement compare_outputs(Executor& executor, Executor& reference, const data::Dataset& data,
                          const EvaluateOptions& options, const RunContext& context);

}  // namespace gcompress::execute
