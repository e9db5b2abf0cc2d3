// Two stages, one look.
#include "gcompress/measure/statistics/two_stage.h"

#include <algorithm>
#include <cmath>

#include "gcompress/core/base/error.h"
#include "gcompress/measure/statistics/distributions.h"
#include "gcompress/measure/statistics/mean_interval.h"

namespace gcompress::measure {
namespace {

constexpr double kUpper = 0.975;
constexpr double kDisbelief = 0.99;  // of the F test on the pilot's variance

// The pilot is the first blocks that nothing outside spoilt. Where it ends, or nothing.
std::optional<std::size_t> pilot_end(std::span<const BlockOutcome> outcomes,
                                     const StoppingRule& rule) {
  int measured = 0;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    if (outcomes[i] && ++measured == rule.pilot_blocks) return i + 1;
  }
  return std::nullopt;
}

// A multiple of the median discord, of what that limit leaves, and so on until it leaves all:
// blocks that are far off do not stretch the measure they are judged by. Disagreement that is below
// the width that is wanted, or that the counter explains, is no reason to throw work away.
double discord_limit(std::span<const BlockOutcome> pilot, const StoppingRule& rule) {
  std::vector<double> discords;
  for (const BlockOutcome& outcome : pilot) {
    if (outcome) discords.push_back(discord(*outcome));
  }
  std::ranges::sort(discords);
  const double least = std::max(rule.half_width, 2 * rule.resolution);
  if (discords.empty()) return least;
  for (;;) {
    const std::size_t middle = discords.size() / 2;
    const double median =
        discords.size() % 2 == 1 ? discords[middle] : (discords[middle - 1] + discords[middle]) / 2;
    const double limit = std::max(least, rule.discord_limit * median);
    const auto beyond = std::ranges::upper_bound(discords, limit);
    if (beyond == discords.end()) return limit;
    discords.erase(beyond, discords.end());
  }
}

BlockFate fate_of(const BlockOutcome& outcome, double limit) {
  if (!outcome) return BlockFate::kRejectedOutside;
  return discord(*outcome) > limit ? BlockFate::kRejectedDiscord : BlockFate::kKept;
}

// Log ratios of the kept blocks; those of the pilot come first.
struct Kept {
  std::vector<double> log_ratios;
  std::size_t of_pilot = 0;
};
Kept kept_blocks(std::span<const BlockOutcome> outcomes, const StoppingRule& rule) {
  const std::vector<BlockFate> fates = judge(outcomes, rule);
  const std::size_t end = pilot_end(outcomes, rule).value_or(outcomes.size());
  Kept kept;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    if (fates[i] != BlockFate::kKept) continue;
    kept.log_ratios.push_back(log_ratio(*outcomes[i]));
    if (i < end) ++kept.of_pilot;
  }
  return kept;
}

std::span<const double> pilot_of(const Kept& kept) {
  return std::span(kept.log_ratios).first(kept.of_pilot);
}

// Kept blocks that Stein's rule asks for: half-width t s / sqrt(N), s and t of the pilot.
int blocks_needed(std::span<const double> pilot, double half_width) {
  const double t = student_quantile(kUpper, static_cast<double>(pilot.size()) - 1);
  const double root = t * moments(pilot).deviation / half_width;
  const double needed = std::max(static_cast<double>(pilot.size()), std::ceil(root * root));
  return static_cast<int>(std::min(1e9, needed));
}

// Whether the later blocks' deviation is too large to be the pilot's.
bool contradicts(std::span<const double> pilot, std::span<const double> later) {
  if (later.size() < 2) return false;
  const double ratio = moments(later).deviation / moments(pilot).deviation;
  return ratio * ratio > fisher_quantile(kDisbelief, static_cast<double>(later.size()) - 1,
                                         static_cast<double>(pilot.size()) - 1);
}

}  // namespace

std::vector<BlockFate> judge(std::span<const BlockOutcome> outcomes, const StoppingRule& rule) {
  const std::size_t end = pilot_end(outcomes, rule).value_or(outcomes.size());
  const double limit = discord_limit(outcomes.first(end), rule);
  std::vector<BlockFate> fates;
  for (const BlockOutcome& outcome : outcomes) fates.push_back(fate_of(outcome, limit));
  return fates;
}

std::vector<double> kept_log_ratios(std::span<const BlockOutcome> outcomes,
                                    const StoppingRule& rule) {
  return kept_blocks(outcomes, rule).log_ratios;
}

RatioResult conclude(std::span<const BlockOutcome> outcomes, const StoppingRule& rule) {
  RatioResult result;
  for (const BlockFate fate : judge(outcomes, rule)) {
    result.kept += fate == BlockFate::kKept ? 1 : 0;
    result.rejected_outside += fate == BlockFate::kRejectedOutside ? 1 : 0;
    result.rejected_discord += fate == BlockFate::kRejectedDiscord ? 1 : 0;
  }
  const Kept kept = kept_blocks(outcomes, rule);
  if (kept.of_pilot < 2) return result;
  const std::span<const double> all = kept.log_ratios;
  const std::span<const double> pilot = pilot_of(kept);
  const double mean = moments(all).mean;
  result.pilot_contradicted = contradicts(pilot, all.subspan(pilot.size()));
  const std::span<const double> judged_by = result.pilot_contradicted ? all : pilot;
  result.half_width = student_quantile(kUpper, static_cast<double>(judged_by.size()) - 1) *
                      moments(judged_by).deviation / std::sqrt(static_cast<double>(all.size()));
  result.ratio = std::exp(mean);
  result.interval = {std::exp(mean - result.half_width), std::exp(mean + result.half_width)};
  // The last rounding of t s / sqrt(N) must not turn a width that was planned into one that missed.
  result.conclusive =
      pilot_end(outcomes, rule).has_value() && result.half_width <= rule.half_width * (1 + 1e-9);
  return result;
}

std::vector<BlockOutcome> measure_blocks(
    const StoppingRule& rule, std::uint64_t seed,
    const std::function<BlockOutcome(std::int64_t index, const BlockOrder& order)>& measure) {
  GCOMPRESS_CHECK(rule.pilot_blocks >= 3 && rule.half_width > 0 && rule.discord_limit >= 1);
  const auto most = static_cast<std::size_t>(rule.most_blocks);
  std::vector<BlockOutcome> outcomes;
  const auto measure_one = [&] {
    const auto index = static_cast<std::int64_t>(outcomes.size());
    outcomes.push_back(measure(index, block_order(seed, index)));
  };
  while (outcomes.size() < most && !pilot_end(outcomes, rule)) measure_one();
  if (!pilot_end(outcomes, rule)) return outcomes;

  const double limit = discord_limit(outcomes, rule);
  const Kept pilot = kept_blocks(outcomes, rule);
  if (pilot.of_pilot < 2) return outcomes;
  const int needed = blocks_needed(pilot.log_ratios, rule.half_width);
  auto kept = static_cast<int>(pilot.of_pilot);
  while (outcomes.size() < most && kept < needed) {
    measure_one();
    kept += fate_of(outcomes.back(), limit) == BlockFate::kKept ? 1 : 0;
  }
  return outcomes;
}

}  // namespace gcompress::measure
