// What a report says of quantizing.
#pragma once

#include <string>
#include <vector>

#include "gcompress/compress/quantizing/target_runtime.h"
#include "gcompress/core/graph/network.h"
#include "gcompress/quantize/integer_share.h"
#include "gcompress/quantize/search.h"

namespace gcompress::compress {

// Sentences: how much runs on integers, what stayed float and why, the opset.
std::vector<std::string> quantizing_notes(const graph::Network& before,
                                          const quantize::Found& found,
                                          const quantize::IntegerShare& share,
                                          const TargetRuntimeRow& runtime);

}  // namespace gcompress::compress
