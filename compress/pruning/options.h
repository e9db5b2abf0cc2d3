// The options of the stage "prune", and what they mean to the room prune.
#pragma once

#include <cstdint>
#include <vector>

#include "gcompress/compress/settings.h"
#include "gcompress/prune/prune.h"

namespace gcompress::compress {

std::vector<OptionRow> prune_options();

// The criterion that the settings ask for, "auto" resolved.
std::string criterion_of(const Settings& settings);

prune::PruneOptions prune_options_of(const Settings& settings, std::uint64_t seed);

}  // namespace gcompress::compress
