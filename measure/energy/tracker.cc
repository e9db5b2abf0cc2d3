// Tracking: readings, trapezoids and sums.
#include "gcompress/measure/energy/tracker.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "gcompress/measure/energy/energy_total.h"
#include "gcompress/measure/energy/estimate.h"

namespace gcompress::measure {
namespace {

constexpr double kLongestInterval = 1;  // seconds between readings: power changes
constexpr double kShortestInterval = 0.05;

// Half of what the most impatient sensor asks for: a late reading then still is in time.
double interval_of(std::span<const Sensor> sensors) {
  double interval = kLongestInterval;
  for (const Sensor& sensor : sensors) {
    if (sensor.read_within_seconds > 0) {
      interval = std::min(interval, sensor.read_within_seconds / 2);
    }
  }
  return std::max(interval, kShortestInterval);
}

// The readings of one sensor so far.
class Follower {
 public:
  explicit Follower(const Sensor& sensor)
      : sensor_(sensor), so_far_(sensor, std::numeric_limits<double>::infinity()) {}

  void read(double elapsed) {
    const Reading reading = so_far_.sample();
    if (!reading.value) return lose(elapsed, reading.why_not);
    if (sensor_.kind == SensorKind::kPower && lost_) return;  // what was drawn is not known
    lost_ = false;
    if (!first_) first_ = reading;
    last_ = reading;
    joules_ = *reading.value - *first_->value;
  }

  SensorTotal total() const {
    SensorTotal total{.name = sensor_.name,
                      .part = sensor_.part,
                      .coverage = sensor_.coverage,
                      .kind = sensor_.kind,
                      .joules = {.value = std::nullopt, .unit = "J"}};
    if (first_ && last_) total.seconds = last_->seconds - first_->seconds;
    total.why_not = fault_of(total.seconds);
    if (!total.why_not.empty()) return total;
    total.joules.value = joules_;
    if (sensor_.gain_error) {
      total.joules.interval = {joules_ * (1 - *sensor_.gain_error),
                               joules_ * (1 + *sensor_.gain_error)};
    }
    return total;
  }

 private:
  void lose(double elapsed, const std::string& why_not) {
    if (!lost_) why_not_ = fmt::format("lost after {:.3g} s: {}", elapsed, why_not);
    lost_ = true;
  }

  std::string fault_of(double seconds) const {
    if (lost_) return why_not_;
    if (!last_ || seconds <= 0) return "no second reading of it in so short a time";
    // A powered part always draws something: this is no zero, but less than a step of the sensor.
    if (joules_ <= 0) return fmt::format("it showed no energy in {:.3g} s", seconds);
    return {};
  }

  const Sensor& sensor_;
  EnergyTotal so_far_;
  std::optional<Reading> first_;
  std::optional<Reading> last_;
  double joules_ = 0;
  bool lost_ = false;
  std::string why_not_;
};

std::optional<double> processor_seconds_of(const TrackedWork& work) {
  return work.processor_seconds ? work.processor_seconds() : std::nullopt;
}

// Sums those that `belongs` says; nullopt if there are none.
template <typename Belongs>
std::optional<CoverageTotal> sum(const Tracked& tracked, Belongs belongs) {
  CoverageTotal total;
  std::vector<Figure> figures;
  for (const SensorTotal& sensor : tracked.sensors) {
    if (!belongs(sensor)) continue;
    total.coverage = sensor.coverage;
    total.parts.push_back(sensor.part);
    figures.push_back(sensor.joules);
  }
  if (figures.empty()) return std::nullopt;
  total.joules = total_joules(figures);
  if (!total.joules.value) total.joules.interval.reset();
  return total;
}

}  // namespace

Tracked track(std::span<const Sensor> sensors, const Clock& clock, const TrackedWork& work) {
  std::vector<Follower> followers;
  for (const Sensor& sensor : sensors) followers.emplace_back(sensor);
  const double start = clock.now();
  const auto read_all = [&] {
    for (Follower& follower : followers) follower.read(clock.now() - start);
  };
  const double interval = interval_of(sensors);
  read_all();
  const std::optional<double> processor_before = processor_seconds_of(work);
  if (work.begin) work.begin();
  const double begin = clock.now();
  std::optional<double> processor_after;
  while (!work.ended_within(interval)) {
    read_all();
    processor_after = processor_seconds_of(work);
  }
  Tracked tracked{.seconds = clock.now() - begin};
  read_all();
  const std::optional<double> processor_last = processor_seconds_of(work);
  if (processor_last) processor_after = processor_last;  // it may be gone by now
  if (processor_after) {
    tracked.processor_seconds = std::max(0.0, *processor_after - processor_before.value_or(0));
  }
  for (const Follower& follower : followers) tracked.sensors.push_back(follower.total());
  return tracked;
}

std::vector<CoverageTotal> totals_of(const Tracked& tracked) {
  std::vector<CoverageTotal> totals;
  for (const Coverage coverage : {Coverage::kPackage, Coverage::kDram, Coverage::kGpu,
                                  Coverage::kBattery, Coverage::kExternal}) {
    auto total =
        sum(tracked, [&](const SensorTotal& sensor) { return sensor.coverage == coverage; });
    if (total) totals.push_back(*std::move(total));
  }
  return totals;
}

std::optional<CoverageTotal> total_of_parts(const Tracked& tracked) {
  return sum(tracked,
             [](const SensorTotal& sensor) { return is_part_of_machine(sensor.coverage); });
}

}  // namespace gcompress::measure
