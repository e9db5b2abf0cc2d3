// How near a quantized network comes to the float one, on samples of the tuning split.
#pragma once

#include <cstdint>
#include <vector>

#include "gcompress/core/base/run_context.h"
#include "gcompress/core/data/dataset.h"
#include "gcompress/core/execute/evaluate.h"
#include "gcompress/core/execute/executor.h"
#include "gcompress/core/execute/task.h"
#include "gcompress/core/graph/network.h"

namespace gcompress::quantize {

struct Verdict {
  // What ranks networks: the mean divergence of the classes' probabilities where there are classes
  // (KL(float || quantized), in nats), else the squared distance of the outputs over their squares,
  // the mean over outputs. Infinite where outputs are NaN.
  double distance = 0;
  double agreement = 1;  // share of samples with the float network's answer
  double drop = 0;       // of the task's metric; without labels, of the agreement
};

struct JudgeOptions {
  std::int64_t samples = 1000;  // at most: a seeded subset of the data
  std::int64_t batch_size = 64;
  // Inputs and outputs of the float network are held; where they take more, there are fewer
  // samples.
  std::int64_t held_bytes = std::int64_t{256} << 20;
};

class Judge {
 public:
  // Runs the float network. Everything given but the network must live longer. Throws Error(kUsage)
  // where data and network do not fit or there is no data.
  Judge(const graph::Network& network, const execute::ExecutorFactory& make_executor,
        const data::Dataset& data, const execute::Task& task, const JudgeOptions& options,
        const RunContext& context);

  // Of all samples, or of about so many.
  Verdict judge(const graph::Network& candidate, std::int64_t samples = -1) const;

  std::int64_t samples() const { return samples_; }

 private:
  struct Held {
    data::Batch batch;
    execute::Values outputs;
  };

  const execute::ExecutorFactory& make_executor_;
  const data::Dataset& data_;
  const execute::Task& task_;
  const RunContext& context_;
  std::string output_;  // the judged one
  std::vector<Held> held_;
  std::int64_t samples_ = 0;
};

}  // namespace gcompress::quantize
