// One window: a stretch of work or of idling with what was read at both ends. Windows are the raw
// evidence; every figure can be computed from them again.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "gcompress/measure/protocol/probes.h"
#include "gcompress/measure/statistics/blocks.h"

namespace gcompress::measure {

enum class WindowKind { kWarmUp, kIdle, kWork };
std::string name_of(WindowKind kind);  // "warm-up", "idle", "work"

struct Window {
  WindowKind kind = WindowKind::kWork;
  std::optional<Side> side;   // whose work; none when idle
  std::int64_t block = -1;    // from 0; -1 outside blocks. Idle windows: of the block that follows
  std::int64_t position = 0;  // in the block, from 0
  double begin = 0;           // seconds of the clock
  double seconds = 0;
  std::int64_t inferences = 0;
  std::optional<double> joules;               // by the counter
  std::optional<double> integrated_joules;    // by the second opinion
  std::map<std::string, double> beside = {};  // joules of other sensors, by what they meter
  std::optional<double> cpu_seconds;          // processor time of the networks' processes
  std::optional<double> temperature;          // Celsius at the end
  std::optional<double> megahertz;            // of the processor's clock at the end
  std::string rejected;                       // why it does not count; empty: it does
  bool counters_disagree = false;             // by more than the limit; flagged, not rejected
};

struct WindowLimits {
  double least_seconds = 0;       // shorter windows are rejected
  double counters_differ = 0.05;  // as a share of the integrated power's joules
  bool wants_energy = false;      // reject where the counter fell silent or went back
};

// Fills a window whose kind, side, block, position and inferences are set: runs `body` between two
// readings. The judgement sees readings only, never the side.
Window measure_window(Window window, const Probes& probes, const WindowLimits& limits,
                      const std::function<void()>& body);

}  // namespace gcompress::measure
