// The nearest name, for errors that name what was probably meant.
#pragma once

#include <span>
#include <string>

namespace gcompress {

// The candidate with the smallest edit distance, or "" if none is near.
std::string nearest(const std::string& word, std::span<const std::string> candidates);

}  // namespace gcompress
