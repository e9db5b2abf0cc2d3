// The sentence at the end of a report.
#include <fmt/format.h>

#include "gcompress/measure/comparison.h"
#include "gcompress/measure/report.h"

namespace gcompress::measure {
namespace {

// What the intervals support of one network against another; nullopt: not known.
struct Standing {
  std::optional<bool> smaller;       // packed bytes
  std::optional<bool> faster;        // the whole interval of the ratio is below 1
  std::optional<bool> slower;        // ... above 1
  std::optional<bool> saves_energy;  // measured only
  std::optional<bool> not_worse;     // in accuracy, by more than the margin
  bool surely_worse = false;         // the whole interval is below minus the margin
};

Standing standing_of(const ModelReport& model, const ModelReport& reference,
                     const Comparison& comparison) {
  Standing standing;
  if (model.sizes.packed_bytes && reference.sizes.packed_bytes) {
    standing.smaller = *model.sizes.packed_bytes < *reference.sizes.packed_bytes;
  }
  if (const auto& interval = comparison.latency_ratio.interval) {
    standing.faster = interval->high < 1;
    standing.slower = interval->low > 1;
  }
  const Figure& energy = comparison.energy_ratio;
  if (energy.interval && energy.provenance == Provenance::kMeasured) {
    standing.saves_energy = energy.interval->high < 1;
  }
  if (comparison.accuracy_verdict) {
    const Interval& difference = *comparison.accuracy_difference.interval;
    standing.not_worse = not_worse(difference, comparison.margin);
    standing.surely_worse = difference.high < -comparison.margin;
  }
  return standing;
}

double share(std::int64_t part, std::int64_t whole) {
  return whole > 0 ? 100.0 * static_cast<double>(part) / static_cast<double>(whole) : 0.0;
}

// "10.0% of the parameters in 12.3% of the bytes"
std::string size_clause(const ModelReport& before, const ModelReport& after) {
  const std::int64_t outside = before.sizes.parameters_outside;
  std::string clause = fmt::format(
      "{:.1f}% of the parameters",
      share(after.sizes.parameters_nonzero - outside, before.sizes.parameters - outside));
  if (after.sizes.packed_bytes) {
    clause += fmt::format(" in {:.1f}% of the bytes",
                          share(*after.sizes.packed_bytes, before.sizes.dense_bytes));
  }
  return clause;
}

std::string accuracy_clause(const Comparison& comparison) {
  const Interval& interval = *comparison.accuracy_difference.interval;
  const double margin = 100 * comparison.margin;
  const std::string range =
      fmt::format("{:+.2f} points [{:+.2f}, {:+.2f}]", 100 * *comparison.accuracy_difference.value,
                  100 * interval.low, 100 * interval.high);
  switch (*comparison.accuracy_verdict) {
    case AccuracyVerdict::kBetter:
      return "is more accurate: " + range;
    case AccuracyVerdict::kEquivalent:
      return fmt::format("is as accurate within {:.4g} points: {}", margin, range);
    case AccuracyVerdict::kWorse:
      return "is less accurate: " + range;
    case AccuracyVerdict::kUndecided:
      break;
  }
  if (not_worse(interval, comparison.margin)) {
    return fmt::format("loses less than {:.4g} points: {}", margin, range);
  }
  return fmt::format("may lose more than {:.4g} points, undecided on so few samples: {}", margin,
                     range);
}

std::string speed_clause(const Standing& standing, const Comparison& comparison) {
  if (!standing.faster) return "";
  const double times = 1 / *comparison.latency_ratio.value;
  if (*standing.faster) return fmt::format(", {:.3g} times as fast", times);
  if (*standing.slower) return fmt::format(", slower by {:.1f}%", 100 / times - 100);
  return ", and no faster that could be shown";
}

std::string energy_clause(const Standing& standing, const Comparison& comparison) {
  if (!standing.saves_energy) return "";
  const double saved = 100 * (1 - *comparison.energy_ratio.value);
  return *standing.saves_energy ? fmt::format(", for {:.1f}% less energy", saved)
                                : ", and saves no energy that could be shown";
}

// " in onnxruntime", where the other network was run by something else.
std::string other_runtime(const ModelReport& model, const ModelReport& other) {
  if (model.latency.empty() || other.latency.empty() ||
      model.latency.front().executor == other.latency.front().executor) {
    return "";
  }
  return " in " + model.latency.front().executor;
}

// A rival that is no larger, no slower and no worse than the network after: what an engineer
// should have done instead.
std::string rival_clause(const ModelReport& after, std::span<const ModelReport> models,
                         double margin) {
  for (const ModelReport& rival : models) {
    if (rival.role != Role::kRival) continue;
    const Comparison comparison = compare(after, rival, margin);
    const Standing standing = standing_of(rival, after, comparison);
    const bool better = standing.smaller.value_or(false) && standing.faster.value_or(false) &&
                        standing.not_worse.value_or(false);
    if (better) {
      return "; but the " + rival.name + " network" + other_runtime(rival, after) +
             " is smaller, faster and as accurate";
    }
  }
  return "";
}

std::string lead(const Standing& standing, bool rival_is_better) {
  if (standing.surely_worse) return "The compression did not pay: the";
  if (!standing.not_worse) return "The";
  if (rival_is_better) return "A rival did better: the";
  const bool gains = standing.smaller.value_or(false) || standing.faster.value_or(false);
  const bool costs = standing.slower.value_or(false);
  if (*standing.not_worse && gains && !costs) return "The compression paid: the";
  return "Undecided: the";
}

}  // namespace

std::string verdict_of(const ModelReport& before, const ModelReport& after,
                       std::span<const ModelReport> models, const Comparison& comparison) {
  const Standing standing = standing_of(after, before, comparison);
  const std::string rival =
      comparison.accuracy_verdict ? rival_clause(after, models, comparison.margin) : "";
  std::string sentence =
      lead(standing, !rival.empty()) + " network with " + size_clause(before, after) + " ";
  if (comparison.accuracy_verdict) {
    sentence += accuracy_clause(comparison);
  } else if (comparison.accuracy_difference.value) {
    sentence += fmt::format("changes the {} by {:+.4g}", before.accuracy->metric,
                            *comparison.accuracy_difference.value);
  } else if (after.agreement) {
    sentence += fmt::format("gives the answer of the dense one on {:.1f}% of the samples",
                            100 * *after.agreement);
  } else {
    const bool pruned = after.sizes.parameters_nonzero < before.sizes.parameters_nonzero;
    return sentence + "has unknown accuracy: no data was given." +
           (pruned ? " At a tenth without recovery it is likely poor." : "");
  }
  return sentence + speed_clause(standing, comparison) + energy_clause(standing, comparison) +
         rival + ".";
}

}  // namespace gcompress::measure
