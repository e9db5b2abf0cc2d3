// Chooses between ways to compute a layer: by the cost model, and, where the device can be timed,
// by trying those that come near the best. What was found once for a layer of this kind is kept.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gcompress/core/engine/cuda/cost_model.h"
#include "gcompress/core/engine/cuda/operators/operator.h"
#include "gcompress/core/kernels/cuda/cublas/launch.h"

namespace gcompress::engine::gpu {

// A way to compute a layer. `make` packs the weight, so it is called only for what is tried.
struct Candidate {
  std::string name;
  double predicted_seconds = 0;
  std::function<Kernel()> make;
};

// What a trial needs: elements of each input and of the output.
struct TrialSizes {
  std::vector<std::int64_t> inputs;
  std::int64_t output = 0;
};

class Chooser {
 public:
  // Without a library dense layers run on our own kernels. half: fp16 kernels may be chosen.
  Chooser(const cuda::DeviceFacts& device, cuda::Stream stream,
          std::unique_ptr<cuda::cublas::Library> library, bool half);

  const Machine& machine() const { return machine_; }
  int multiprocessors() const { return multiprocessors_; }
  const cuda::cublas::Library* library() const { return library_.get(); }
  bool half() const { return half_; }

  // The kernel of the candidate that is quickest. `layer` says all that the times depend on, so
  // that others like it need no trial. Candidates whose `make` throws kUnsupported are passed over;
  // if all do, so does this.
  Kernel choose(const std::string& layer, std::vector<Candidate> candidates,
                const TrialSizes& sizes);

 private:
  Kernel first_of(const std::string& layer, const std::vector<Candidate>& candidates);
  std::optional<Kernel> quickest_of(const std::string& layer,
                                    const std::vector<Candidate>& candidates,
                                    const TrialSizes& sizes);

  Machine machine_;
  int multiprocessors_;
  cuda::Stream stream_;
  std::unique_ptr<cuda::cublas::Library> library_;
  bool half_;
  bool has_clock_;
  std::map<std::string, std::string> known_;  // names of candidates by layer
};

}  // namespace gcompress::engine::gpu
