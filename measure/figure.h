// A figure: a value, its unit, its interval, and how it was come by.
#pragma once

#include <optional>
#include <string>
#include <utility>

namespace gcompress::measure {

enum class Provenance { kMeasured, kEstimated, kQuoted };

struct Interval {
  double low = 0;
  double high = 0;
};

struct Figure {
  std::optional<double> value;  // nullopt: not known
  std::string unit;
  std::optional<Interval> interval = {};  // 95%
  Provenance provenance = Provenance::kMeasured;
};

std::string name_of(Provenance provenance);

// The figure and its interval times a known positive factor, in another unit.
Figure scaled(const Figure& figure, double factor, const std::string& unit);

}  // namespace gcompress::measure
