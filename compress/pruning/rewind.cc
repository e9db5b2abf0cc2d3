// Rewinding: reading places in a training.
#include "gcompress/compress/pruning/rewind.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "gcompress/core/base/error.h"

namespace gcompress::compress {

std::int64_t TrainingPlace::step(std::int64_t epoch_steps, std::int64_t steps) const {
  double place = amount;
  if (unit == Unit::kEpochs) place *= static_cast<double>(epoch_steps);
  if (unit == Unit::kShare) place *= static_cast<double>(steps);
  return std::min(steps, static_cast<std::int64_t>(std::llround(place)));
}

TrainingPlace parse_training_place(const std::string& option, const std::string& text) {
  TrainingPlace place;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, place.amount);
  std::string rest(stop, end);
  std::erase(rest, ' ');
  bool known = true;
  if (rest == "%") {
    place.unit = TrainingPlace::Unit::kShare;
    place.amount /= 100;
  } else if (rest == "epochs" || rest == "epoch") {
    place.unit = TrainingPlace::Unit::kEpochs;
  } else {
    known = rest.empty() || rest == "steps" || rest == "step";
  }
  const bool share_fits = place.unit != TrainingPlace::Unit::kShare || place.amount <= 1;
  if (error != std::errc() || !known || !share_fits || !(place.amount >= 0) ||
      !std::isfinite(place.amount) || place.amount > 1e12) {
    throw_usage("'" + text + "' is no value for --" + option,
                "give steps as in 500, epochs as in 2epochs, or a share as in 5%");
  }
  return place;
}

}  // namespace gcompress::compress
