// Spans of time as text.
#include "gcompress/compress/pruning/duration.h"

#include <charconv>

#include "gcompress/core/base/error.h"

namespace gcompress::compress {

double parse_duration(const std::string& option, const std::string& text) {
  double seconds = 0;
  const char* at = text.data();
  const char* end = at + text.size();
  bool good = at != end;
  while (good && at != end) {
    double amount = 0;
    const auto [stop, error] = std::from_chars(at, end, amount, std::chars_format::fixed);
    good = error == std::errc() && stop != end && amount >= 0 && amount < 1e9;
    if (!good) break;
    switch (*stop) {
      case 's':
        break;
      case 'm':
        amount *= 60;
        break;
      case 'h':
        amount *= 3600;
        break;
      default:
        good = false;
    }
    seconds += amount;
    at = stop + 1;
  }
  if (!good || !(seconds > 0)) {
    throw_usage("'" + text + "' is no value for --" + option,
                "give a time as in 90s, 30m or 1h30m");
  }
  return seconds;
}

}  // namespace gcompress::compress
