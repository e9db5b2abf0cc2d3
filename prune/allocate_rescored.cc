// Allocations that choose among all layers together by scores of their own: LAMP, and by cost.
#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <vector>

#include "gcompress/prune/allocate_rows.h"
#include "gcompress/prune/ranking.h"

namespace gcompress::prune {
namespace {

constexpr std::int64_t kPiece = 1 << 16;
constexpr std::size_t kDigits = 65536;

// Sums over the scores of a layer that are at least so large, by the first 16 bits of their keys:
// scores are told apart to 1 in 128. The order within a layer stays, since what divides the scores
// never grows with them.
using SumsFromAbove = std::vector<float>;

SumsFromAbove sums_from_above(const AllocateInputs& inputs, const graph::Weight& weight) {
  const Tensor& value = present_value(inputs, weight);
  const graph::Mask* within = mask_within(inputs, weight);
  std::vector<double> sums(kDigits);
  std::vector<float> scores(static_cast<std::size_t>(std::min(kPiece, weight.size())));
  for (std::int64_t begin = 0; begin < weight.size(); begin += kPiece) {
    const auto count = static_cast<std::size_t>(std::min(kPiece, weight.size() - begin));
    inputs.score(weight, value, begin, std::span(scores).first(count));
    for (std::size_t i = 0; i < count; ++i) {
      if (within != nullptr && !within->test(begin + static_cast<std::int64_t>(i))) continue;
      const double score = scores[i];
      if (!std::isfinite(score)) continue;
      sums[key_of(scores[i]) >> 16] += inputs.scores_add_up ? std::fabs(score) : score * score;
    }
  }
  SumsFromAbove result(kDigits);
  double sum = 0;
  for (std::size_t digit = kDigits; digit-- > 0;) {
    sum += sums[digit];
    result[digit] = static_cast<float>(sum);
  }
  return result;
}

}  // namespace

Allocator prepare_lamp(AllocateInputs inputs) {
  auto sums = std::make_shared<std::map<graph::WeightId, SumsFromAbove>>();
  for (const graph::Weight* weight : inputs.weights) {
    (*sums)[weight->id] = sums_from_above(inputs, *weight);
  }
  inputs.score = [score = inputs.score, adds_up = inputs.scores_add_up, sums](
                     const graph::Weight& weight, const Tensor& value, std::int64_t begin,
                     std::span<float> out) {
    score(weight, value, begin, out);
    const SumsFromAbove& from_above = sums->at(weight.id);
    for (float& each : out) {
      const float sum = from_above[key_of(each) >> 16];
      // The root of the share has the same order and does not underflow.
      if (sum > 0) each /= adds_up ? sum : std::sqrt(sum);
    }
  };
  return prepare_global(std::move(inputs));
}

Allocator prepare_cost(AllocateInputs inputs) {
  inputs.score = [score = inputs.score, adds_up = inputs.scores_add_up, costs = inputs.costs](
                     const graph::Weight& weight, const Tensor& value, std::int64_t begin,
                     std::span<float> out) {
    score(weight, value, begin, out);
    const auto found = costs.find(weight.id);
    const double cost = found == costs.end() ? 0 : found->second;
    if (cost <= 0) {  // nothing is gained by removing it
      std::ranges::fill(out, std::numeric_limits<float>::max());
      return;
    }
    const auto factor = static_cast<float>(1 / (adds_up ? cost : std::sqrt(cost)));
    for (float& each : out) each *= factor;
  };
  return prepare_global(std::move(inputs));
}

}  // namespace gcompress::prune
