// A network made ready to run on a GPU for fixed input shapes: kernels with packed weights on the
// device, memory shared by values that do not live at the same time, and the launches of a run,
// recorded once.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "gcompress/core/engine/cuda/operators/operator.h"
#include "gcompress/core/engine/drafts.h"
#include "gcompress/core/execute/executor.h"
#include "gcompress/core/kernels/cuda/streams.h"

namespace gcompress::engine::gpu {

enum class MemoryUse {
  kShared,   // one arena
  kSeparate  // a buffer for each value: where accesses are checked, none hides in a neighbour
};

struct StepName {
  std::string node;    // its label
  std::string kernel;  // "sparse convolution"; empty: the operator's own
};

class Plan {
 public:
  // Batch norms are to be folded before. Throws Error(kUnsupported) with everything that is
  // missing, all at once; Error(kUsage) where the device has no room, with the bytes needed.
  Plan(const graph::Network& network, const std::map<std::string, Shape>& inputs, Chooser& chooser,
       cuda::Stream stream, MemoryUse memory);
  Plan(const Plan&) = delete;
  Plan& operator=(const Plan&) = delete;

  // Inputs as planned, float32. Waits for the outputs.
  execute::Values run(const execute::Values& inputs);

  const std::vector<StepName>& steps() const { return names_; }
  std::size_t weight_bytes() const { return weight_bytes_; }
  std::size_t value_bytes() const { return value_bytes_; }

 private:
  static constexpr std::size_t kNone = ~std::size_t{0};

  // Where a value lies: in the arena, or a constant.
  struct Value {
    std::int64_t elements = 0;
    std::size_t first = 0;  // steps between which it lives
    std::size_t last = 0;
    std::shared_ptr<const cuda::Array<float>> constant;  // else null
    float* address = nullptr;
  };
  struct Step {
    Kernel kernel;
    std::vector<std::size_t> inputs;  // values; kNone: none
    std::size_t output = kNone;
    std::size_t scratch = kNone;
    std::vector<const float*> addresses;  // of the inputs
  };
  struct Port {
    std::string name;
    Shape shape;
    std::size_t value = kNone;
    Tensor constant = {};  // an output that depends on no input
  };

  void take_inputs(const graph::Network& network);
  void add_step(const Draft& draft, Maker& maker);
  bool renames(const Draft& draft);
  std::size_t read(const Draft& draft, std::size_t input, Maker& maker);
  std::size_t new_value(std::int64_t elements);
  void name_outputs(const graph::Network& network);
  void check_sizes();
  void note_missing_rows();
  void place_values(MemoryUse memory);
  void launch() const;

  Drafts drafts_;
  cuda::Stream stream_;
  std::vector<Value> values_;
  std::map<std::string, std::size_t> known_;  // values by name
  std::vector<Step> steps_;
  std::vector<StepName> names_;
  std::vector<Port> inputs_;
  std::vector<Port> outputs_;
  std::vector<cuda::Array<float>> memory_;
  std::size_t weight_bytes_ = 0;
  std::size_t value_bytes_ = 0;
  std::unique_ptr<cuda::Recording> recording_;
};

}  // namespace gcompress::engine::gpu
