// The options of the stage "quantize", and what they mean to the room quantize.
#pragma once

#include <vector>

#include "gcompress/compress/settings.h"
#include "gcompress/quantize/search.h"

namespace gcompress::compress {

std::vector<OptionRow> quantize_options();

quantize::SearchOptions search_options_of(const Settings& settings, const Settings& common,
                                          bool labelled);

}  // namespace gcompress::compress
