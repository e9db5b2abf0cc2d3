// One counter of perf_event_open, injectable.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace gcompress::measure {

struct PerfEvent {
  std::function<std::optional<std::uint64_t>()> read;  // nullopt: reading failed; empty: not opened
  bool denied = false;                                 // permission is what is missing
  std::string why_not;                                 // a clause, where it was not opened
};

// Opens a counter of one processor, all processes. The event closes with its last copy.
using PerfEventOpener =
    std::function<PerfEvent(std::uint32_t type, std::uint64_t config, int processor)>;

PerfEvent open_perf_event_of_system(std::uint32_t type, std::uint64_t config, int processor);

}  // namespace gcompress::measure
