// Spans of time as text.
#pragma once

#include <string>

namespace gcompress::compress {

// "90s", "30m", "2h", "1h30m": seconds, above 0. Throws Error(kUsage), naming the option.
double parse_duration(const std::string& option, const std::string& text);

}  // namespace gcompress::compress
