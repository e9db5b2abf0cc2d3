// How one figure of two reports changed. Lower is better, except for accuracies.
#pragma once

#include <optional>
#include <string>

#include "gcompress/measure/figure.h"
#include "gcompress/measure/report.h"
#include "gcompress/measure/report_compare.h"

namespace gcompress::measure {

// Without noise: counts and bytes.
FigureChange exact_change(const std::string& what, double first, double second,
                          const std::string& unit, const CompareLimits& limits);

// With noise: decided by whether the intervals overlap. `fault` says why they cannot be compared;
// empty if they can.
FigureChange noisy_change(const std::string& what, const Figure& first, const Figure& second,
                          const std::string& fault, const CompareLimits& limits);

// Decided by the interval of the difference where right answers were counted, else by the values.
FigureChange accuracy_change(const std::optional<Accuracy>& first,
                             const std::optional<Accuracy>& second, const CompareLimits& limits);

}  // namespace gcompress::measure
