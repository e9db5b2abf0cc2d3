// Break-even.
#include "gcompress/measure/carbon/break_even.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "gcompress/core/base/error.h"

namespace gcompress::measure {
namespace {

// Numbers of inferences as people say them.
std::string in_words(double count) {
  if (count >= 1e9) return fmt::format("{:.2f} billion", count / 1e9);
  if (count >= 1e6) return fmt::format("{:.2f} million", count / 1e6);
  return fmt::format("{:.0f}", std::ceil(count));
}

}  // namespace

Joules known_joules(double value) { return {.value = value, .interval = {value, value}}; }

Joules saving_of(const Joules& before, double ratio, const Interval& ratio_interval) {
  const Interval& joules = before.interval;
  GCOMPRESS_CHECK(joules.low >= 0 && ratio_interval.low <= ratio_interval.high);
  const double least = 1 - ratio_interval.high;
  const double most = 1 - ratio_interval.low;
  return {.value = before.value * (1 - ratio),
          .interval = {std::min(joules.low * least, joules.high * least),
                       std::max(joules.low * most, joules.high * most)}};
}

BreakEven break_even(const Joules& spent, const Joules& saving) {
  GCOMPRESS_CHECK(spent.interval.low >= 0 && saving.interval.low <= saving.interval.high);
  BreakEven result;
  if (saving.interval.high < 0) {
    result.verdict = BreakEvenVerdict::kNever;
    result.sentence = "never: an inference costs more energy than before";
    return result;
  }
  if (saving.interval.low <= 0) {
    result.sentence = "never shown: the saving's interval includes 0";
    return result;
  }
  result.verdict = BreakEvenVerdict::kAfter;
  result.inferences = spent.value / saving.value;
  result.interval = {spent.interval.low / saving.interval.high,
                     spent.interval.high / saving.interval.low};
  result.sentence = fmt::format("after {} inferences [{}, {}]", in_words(*result.inferences),
                                in_words(result.interval->low), in_words(result.interval->high));
  return result;
}

}  // namespace gcompress::measure
