// How one figure changed: by exact values, by intervals, or by counts of right answers.
#include "gcompress/measure/report_change.h"

#include <fmt/format.h>

#include <cmath>

#include "gcompress/measure/intervals.h"

namespace gcompress::measure {
namespace {

Figure ratio_of(const Figure& first, const Figure& second) {
  Figure ratio{.value = std::nullopt, .unit = "second / first", .provenance = first.provenance};
  if (*first.value > 0) ratio.value = *second.value / *first.value;
  if (ratio.value && first.interval && second.interval && first.interval->low > 0) {
    ratio.interval = {second.interval->low / first.interval->high,
                      second.interval->high / first.interval->low};
  }
  return ratio;
}

Figure difference_of(const Figure& first, const Figure& second) {
  return {
      .value = *second.value - *first.value, .unit = first.unit, .provenance = first.provenance};
}

// Why two figures cannot be set against each other; "" if they can.
std::string pair_fault(const Figure& first, const Figure& second) {
  if (!first.value) return "only the second report has it";
  if (!second.value) return "only the first report has it";
  if (first.unit != second.unit) return first.unit + " against " + second.unit;
  if (first.provenance != second.provenance) {
    return name_of(first.provenance) + " against " + name_of(second.provenance);
  }
  return {};
}

// Of figures that are better when they are lower.
FigureChange decided_by_intervals(FigureChange figure, const CompareLimits& limits) {
  figure.difference = ratio_of(figure.first, figure.second);
  if (figure.first.provenance == Provenance::kEstimated) {
    figure.why_not = "estimated: a range under assumptions, no noise";
    return figure;
  }
  if (!figure.first.interval || !figure.second.interval) {
    figure.change = Change::kUndecided;
    figure.why_not = "no interval";
    return figure;
  }
  figure.change = Change::kWithinNoise;
  if (figure.second.interval->high < figure.first.interval->low) figure.change = Change::kBetter;
  if (figure.second.interval->low > figure.first.interval->high) figure.change = Change::kWorse;
  figure.regression = figure.change == Change::kWorse &&
                      *figure.second.value > *figure.first.value * (1 + limits.tolerance);
  return figure;
}

// Shares of right answers: which samples changed is not in the reports, so the interval is that of
// samples that have nothing to do with each other, which is too wide rather than too narrow.
FigureChange decided_by_counts(FigureChange figure, const Accuracy& first, const Accuracy& second,
                               const CompareLimits& limits) {
  figure.difference.interval =
      unpaired_difference_interval(first.correct, first.total, second.correct, second.total);
  const Interval& interval = *figure.difference.interval;
  figure.change = interval.low > 0    ? Change::kBetter
                  : interval.high < 0 ? Change::kWorse
                                      : Change::kWithinNoise;
  figure.regression =
      figure.change == Change::kWorse && *figure.difference.value < -limits.max_drop.value_or(0);
  return figure;
}

// Scores without an interval are taken as they stand.
FigureChange decided_by_values(FigureChange figure, bool lower_is_better,
                               const CompareLimits& limits) {
  const double gain = lower_is_better ? -*figure.difference.value : *figure.difference.value;
  figure.change = gain == 0 ? Change::kSame : gain > 0 ? Change::kBetter : Change::kWorse;
  figure.why_not = "no interval: taken as it stands";
  const double allowed = limits.max_drop.value_or(limits.tolerance * std::abs(*figure.first.value));
  figure.regression = gain < -allowed;
  return figure;
}

}  // namespace

FigureChange exact_change(const std::string& what, double first, double second,
                          const std::string& unit, const CompareLimits& limits) {
  FigureChange figure{.what = what,
                      .first = {.value = first, .unit = unit},
                      .second = {.value = second, .unit = unit}};
  figure.difference = ratio_of(figure.first, figure.second);
  figure.change = first == second  ? Change::kSame
                  : second < first ? Change::kBetter
                                   : Change::kWorse;
  figure.regression = second > first * (1 + limits.tolerance);
  return figure;
}

FigureChange noisy_change(const std::string& what, const Figure& first, const Figure& second,
                          const std::string& fault, const CompareLimits& limits) {
  FigureChange figure{.what = what, .first = first, .second = second};
  figure.why_not = pair_fault(first, second);
  if (figure.why_not.empty()) figure.why_not = fault;
  return figure.why_not.empty() ? decided_by_intervals(std::move(figure), limits) : figure;
}

FigureChange accuracy_change(const std::optional<Accuracy>& first,
                             const std::optional<Accuracy>& second, const CompareLimits& limits) {
  const Accuracy one = first.value_or(Accuracy{});
  const Accuracy other = second.value_or(Accuracy{});
  FigureChange figure{
      .what = first ? one.metric : other.metric, .first = one.figure, .second = other.figure};
  figure.why_not = pair_fault(one.figure, other.figure);
  if (figure.why_not.empty() && one.metric != other.metric) {
    figure.why_not = one.metric + " against " + other.metric;
  }
  if (figure.why_not.empty() && one.total != other.total) {
    figure.why_not = fmt::format("scored on {} samples and on {}", one.total, other.total);
  }
  if (!figure.why_not.empty()) return figure;
  figure.difference = difference_of(one.figure, other.figure);
  if (one.figure.unit == "proportion" && one.total > 0) {
    return decided_by_counts(std::move(figure), one, other, limits);
  }
  return decided_by_values(std::move(figure), one.metric == "mean_squared_error", limits);
}

std::string name_of(Change change) {
  switch (change) {
    case Change::kSame:
      return "same";
    case Change::kBetter:
      return "better";
    case Change::kWorse:
      return "worse";
    case Change::kWithinNoise:
      return "within noise";
    case Change::kUndecided:
      return "undecided";
    case Change::kNotCompared:
      return "not compared";
  }
  return "not compared";
}

}  // namespace gcompress::measure
