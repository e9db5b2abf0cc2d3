// The options of the stage "prune", and what they mean to the room prune.
#pragma once

#include <cstdint>
#include <vector>

#include "gcompress/compress/settings.h"
#include "gcompress/prune/prune.h"

namespace gcompress::compress {

std::vector<OptionRow> prune_options();

prune::PruneOptions prune_options_of(const Settings& settings, std::uint64_t seed);

}  // namespace gcompress::compress
