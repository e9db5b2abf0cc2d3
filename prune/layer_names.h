// Choosing layers by name or pattern.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gcompress/core/graph/weights.h"

namespace gcompress::prune {

// * stands for any run of characters, ? for any one; everything else for itself.
bool matches(std::string_view pattern, std::string_view name);

// For each weight: whether one of the patterns matches its layer or its tensor. Throws
// Error(kUsage), with the names nearest to it, for a pattern that matches nothing.
std::vector<bool> matching(const std::vector<graph::Weight>& weights,
                           const std::vector<std::string>& patterns);

}  // namespace gcompress::prune
