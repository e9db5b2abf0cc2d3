// The learning rate at every step.
#include "gcompress/core/train/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace gcompress::train {
namespace {

double stepped(const FitOptions& options, double step, double total) {
  const auto passed = std::count_if(options.step_at.begin(), options.step_at.end(),
                                    [&](double share) { return step >= share * total; });
  return options.learning_rate * std::pow(options.step_factor, static_cast<double>(passed));
}

double cosine(const FitOptions& options, double step, double total) {
  const double start =
      std::max(static_cast<double>(options.warmup_steps), std::floor(options.hold * total));
  if (step < start || total <= start) return options.learning_rate;
  const double angle = std::numbers::pi * (step - start) / (total - start);
  return options.learning_rate * 0.5 * (1 + std::cos(angle));
}

}  // namespace

double learning_rate_at(const FitOptions& options, std::int64_t step, std::int64_t total_steps) {
  if (step < options.warmup_steps) {
    return options.learning_rate * static_cast<double>(step + 1) /
           static_cast<double>(options.warmup_steps);
  }
  const auto at = static_cast<double>(step);
  const auto total = static_cast<double>(total_steps);
  switch (options.schedule) {
    case ScheduleKind::kConstant:
      return options.learning_rate;
    case ScheduleKind::kStep:
      return stepped(options, at, total);
    case ScheduleKind::kCosine:
      return cosine(options, at, total);
  }
  return options.learning_rate;
}

}  // namespace gcompress::train
