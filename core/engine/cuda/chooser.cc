#include "gcompress/core/engine/cuda/chooser.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "gcompress/core/base/error.h"
#include "gcompress/core/kernels/cuda/streams.h"

namespace gcompress::engine::gpu {
namespace {

constexpr double kNear = 4;  // predictions may be off by so much
constexpr int kRepeats = 5;

// Memory for a kernel to run in; what is in it does not matter.
struct Trial {
  std::vector<cuda::Array<float>> inputs;
  std::vector<const float*> addresses;
  cuda::Array<float> output;

  explicit Trial(const TrialSizes& sizes) : output(static_cast<std::size_t>(sizes.output)) {
    for (const std::int64_t size : sizes.inputs) {
      const std::vector<float> zeros(static_cast<std::size_t>(size));
      inputs.emplace_back(zeros);
      addresses.push_back(size == 0 ? nullptr : inputs.back().data());
    }
  }

  // Nothing where time cannot be taken.
  std::optional<double> seconds(const Kernel& kernel, cuda::Stream stream) const {
    const cuda::Array<float> scratch(static_cast<std::size_t>(kernel.scratch));
    const Call call{
        .inputs = addresses, .output = output.data(), .scratch = scratch.data(), .stream = stream};
    const auto time = cuda::time_of([&] { kernel.run(call); }, kRepeats, stream);
    cuda::synchronize(stream);
    return time;
  }
};

}  // namespace

Chooser::Chooser(const cuda::DeviceFacts& device, cuda::Stream stream,
                 std::unique_ptr<cuda::cublas::Library> library, bool half)
    : machine_(device),
      multiprocessors_(device.multiprocessors),
      stream_(stream),
      library_(std::move(library)),
      half_(half) {}

Kernel Chooser::choose(const std::string& layer, std::vector<Candidate> candidates,
                       const TrialSizes& sizes) {
  GCOMPRESS_CHECK(!candidates.empty());
  std::ranges::stable_sort(candidates, {}, &Candidate::predicted_seconds);
  if (const auto found = known_.find(layer); found != known_.end()) {
    std::ranges::stable_partition(
        candidates, [&](const Candidate& each) { return each.name == found->second; });
  }
  const bool tried = known_.contains(layer);
  const double limit = kNear * candidates.front().predicted_seconds;
  std::optional<Trial> trial;
  std::optional<Kernel> best;
  std::string name;
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const bool settled = best && (tried || candidates[i].predicted_seconds > limit);
    if (settled) break;
    try {
      Kernel kernel = candidates[i].make();
      kernel.name = candidates[i].name;
      if (!tried && !trial && candidates.size() > 1) trial.emplace(sizes);
      const auto seconds =
          tried || candidates.size() == 1 ? std::nullopt : trial->seconds(kernel, stream_);
      if (!seconds) {
        if (!best) best = std::move(kernel), name = candidates[i].name;
        break;  // predictions decide
      }
      if (*seconds < least) {
        least = *seconds;
        best = std::move(kernel);
        name = candidates[i].name;
      }
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kUnsupported) throw;
      if (!best && i + 1 == candidates.size()) throw;
    }
  }
  known_[layer] = name;
  return *std::move(best);
}

}  // namespace gcompress::engine::gpu
