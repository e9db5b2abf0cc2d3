// A Program in training seen as an Executor: scores on the tuning split without copying weights.
// Internal to core/train.
#pragma once

#include <string>
#include <vector>

#include "gcompress/core/execute/executor.h"
#include "gcompress/core/train/program.h"

namespace gcompress::train {

// Does not own the program, nor choose its mode: evaluation mode is the caller's to set.
class LiveExecutor : public execute::Executor {
 public:
  LiveExecutor(Program& program, const graph::Network& network, torch::Device device);

  std::string name() const override { return "torch"; }
  const std::vector<graph::Value>& inputs() const override { return inputs_; }
  const std::vector<graph::Value>& outputs() const override { return outputs_; }
  execute::Values run(const execute::Values& inputs) override;

 private:
  Program& program_;
  torch::Device device_;
  std::vector<graph::Value> inputs_;
  std::vector<graph::Value> outputs_;
};

}  // namespace gcompress::train
