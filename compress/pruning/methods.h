// The ways of pruning by name. What runs them, where training is at hand, is
// compress/training/pruning/methods.h.
#pragma once

#include <span>
#include <string>

#include "gcompress/compress/settings.h"

namespace gcompress::compress {

struct PruneMethod {
  std::string name;
  std::string summary;      // one line for --help
  bool needs_data = false;  // looks at samples
  bool trains = false;      // by gradients, for --epochs
};

std::span<const PruneMethod> prune_methods();

// The method that the settings ask for, "auto" resolved: gradual where there is data and epochs to
// train for, else one-shot.
const PruneMethod& prune_method(const Settings& settings, const Settings& common);

}  // namespace gcompress::compress
