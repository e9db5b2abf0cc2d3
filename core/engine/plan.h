// A network made ready to run for fixed input shapes: steps in order, kernels with laid-out
// weights, one arena. Running allocates nothing but the outputs.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "gcompress/core/engine/operators/operator.h"
#include "gcompress/core/execute/executor.h"

namespace gcompress::engine {

class Plan {
 public:
  // Batch norms are to be folded before. Throws Error(kUnsupported) with everything that is
  // missing, all at once.
  Plan(const graph::Network& network, const std::map<std::string, Shape>& inputs, int threads);

  // Inputs as planned, float32.
  execute::Values run(const execute::Values& inputs);

  std::int64_t arena_bytes() const { return static_cast<std::int64_t>(4 * arena_.size()); }
  std::size_t steps() const { return steps_.size(); }

 private:
  // Where a step finds a value while running: in the arena, in an input, or among the constants.
  struct Place {
    enum class Kind { kNone, kArena, kInput, kConstant } kind = Kind::kNone;
    std::size_t index = 0;  // element of the arena; place among inputs_ or constants_
  };
  struct Step {
    Kernel kernel;
    std::vector<Place> inputs;
    std::vector<Place> outputs;
    // Filled in for every run.
    std::vector<const float*> input_pointers;
    std::vector<float*> output_pointers;
  };
  friend class Planner;

  const float* pointer(const Place& place) const;

  std::vector<Step> steps_;
  std::vector<float> arena_;
  std::vector<std::vector<float>> constants_;
  std::vector<std::string> input_names_;
  std::vector<const float*> inputs_;  // of the present run
  struct Output {
    std::string name;
    Shape shape;
    Place place;
  };
  std::vector<Output> outputs_;
};

}  // namespace gcompress::engine
