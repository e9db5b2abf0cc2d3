// Random: the control that every criterion has to beat.
#include "gcompress/core/base/random.h"

#include <algorithm>

#include "gcompress/core/base/hash.h"
#include "gcompress/prune/criterion_rows.h"

namespace gcompress::prune {
namespace {

constexpr std::int64_t kBlock = 1024;  // elements that share a stream

}  // namespace

ScoreFunction make_random(const ScoreInputs& inputs) {
  return [seed = inputs.seed](const graph::Weight& weight, const Tensor&, std::int64_t begin,
                              std::span<float> out) {
    const std::uint64_t name = hash64(graph::to_string(weight.id));
    for (std::size_t i = 0; i < out.size();) {
      const std::int64_t element = begin + static_cast<std::int64_t>(i);
      RandomStream stream(seed, "prune: random scores", name,
                          static_cast<std::uint64_t>(element / kBlock));
      for (std::int64_t skip = element % kBlock; skip > 0; --skip) stream();
      const std::size_t end =
          std::min(out.size(), i + static_cast<std::size_t>(kBlock - element % kBlock));
      for (; i < end; ++i) out[i] = stream.uniform();
    }
  };
}

}  // namespace gcompress::prune
