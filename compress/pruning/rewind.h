// Rewinding: what training after a cut goes back to.
#pragma once

#include <cstdint>
#include <string>

#include "gcompress/compress/settings.h"

namespace gcompress::compress {

// A place in a training: "5%" of its steps, "2 epochs" (or "2epochs"), or "500" steps.
struct TrainingPlace {
  enum class Unit { kSteps, kEpochs, kShare };
  double amount = 0;
  Unit unit = Unit::kSteps;

  // At most the last step.
  std::int64_t step(std::int64_t epoch_steps, std::int64_t steps) const;
};

// Throws Error(kUsage), naming the option and what would work.
TrainingPlace parse_training_place(const std::string& option, const std::string& text);

}  // namespace gcompress::compress
