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

// Whether the candidate can be made is only known when it is: its weight may not fit its format.
std::optional<Kernel> made(const Candidate& candidate) {
  try {
    Kernel kernel = candidate.make();
    kernel.name = candidate.name;
    return kernel;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kUnsupported) throw;
    return std::nullopt;
  }
}

}  // namespace

Chooser::Chooser(const cuda::DeviceFacts& device, cuda::Stream stream,
                 std::unique_ptr<cuda::cublas::Library> library, bool half)
    : machine_(device),
      multiprocessors_(device.multiprocessors),
      stream_(stream),
      library_(std::move(library)),
      half_(half),
      has_clock_(cuda::time_of([] {}, 1, stream).has_value()) {}

Kernel Chooser::first_of(const std::string& layer, const std::vector<Candidate>& candidates) {
  for (const Candidate& candidate : candidates) {
    if (std::optional<Kernel> kernel = made(candidate)) {
      known_[layer] = candidate.name;
      return *std::move(kernel);
    }
  }
  return candidates.front().make();  // throws, saying why
}

std::optional<Kernel> Chooser::quickest_of(const std::string& layer,
                                           const std::vector<Candidate>& candidates,
                                           const TrialSizes& sizes) {
  std::optional<Trial> trial;
  try {
    trial.emplace(sizes);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kUsage) throw;
    return std::nullopt;  // no room to try: predictions decide
  }
  const double limit = kNear * candidates.front().predicted_seconds;
  std::optional<Kernel> best;
  double least = std::numeric_limits<double>::infinity();
  for (const Candidate& candidate : candidates) {
    if (best && candidate.predicted_seconds > limit) break;
    std::optional<Kernel> kernel = made(candidate);
    if (!kernel) continue;
    const double seconds = trial->seconds(*kernel, stream_).value_or(candidate.predicted_seconds);
    if (seconds >= least) continue;
    least = seconds;
    best = std::move(kernel);
    known_[layer] = candidate.name;
  }
  return best;
}

Kernel Chooser::choose(const std::string& layer, std::vector<Candidate> candidates,
                       const TrialSizes& sizes) {
  GCOMPRESS_CHECK(!candidates.empty());
  std::ranges::stable_sort(candidates, {}, &Candidate::predicted_seconds);
  if (const auto found = known_.find(layer); found != known_.end()) {
    std::ranges::stable_partition(
        candidates, [&](const Candidate& each) { return each.name == found->second; });
  } else if (has_clock_ && candidates.size() > 1) {
    if (std::optional<Kernel> best = quickest_of(layer, candidates, sizes)) {
      return *std::move(best);
    }
  }
  return first_of(layer, candidates);
}

}  // namespace gcompress::engine::gpu
