// Progress lines.
#include "gcompress/tools/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <iostream>

namespace gcompress::tools {
namespace {

constexpr std::chrono::milliseconds kRedraw{100};
constexpr std::chrono::seconds kPlainLine{5};
constexpr std::chrono::seconds kEpochLine{1};

std::string bar(double share) {
  constexpr int kWidth = 24;
  const int filled = static_cast<int>(share * kWidth + 0.5);
  return "[" + std::string(static_cast<std::size_t>(filled), '#') +
         std::string(static_cast<std::size_t>(kWidth - filled), '.') + "]";
}

std::string duration(double seconds) {
  if (seconds < 60) return fmt::format("{:.0f} s", seconds);
  if (seconds < 3600)
    return fmt::format("{:.0f} min {:02.0f} s", std::floor(seconds / 60), std::fmod(seconds, 60));
  return fmt::format("{:.0f} h {:02.0f} min", std::floor(seconds / 3600),
                     std::fmod(seconds, 3600) / 60);
}

// Training reports each epoch's end with its number; worth showing even where little is shown.
bool ends_epoch(const Progress& progress) {
  return std::ranges::any_of(progress.values,
                             [](const ProgressValue& value) { return value.name == "epoch"; });
}

}  // namespace

ProgressPrinter::ProgressPrinter(bool quiet)
    : quiet_(quiet), terminal_(isatty(STDERR_FILENO) != 0) {}

ProgressPrinter::~ProgressPrinter() { finish(); }

bool ProgressPrinter::due(const Progress& progress) const {
  const auto since = Clock::now() - last_shown_;
  if (terminal_) {
    return since >= kRedraw || progress.step == progress.total || ends_epoch(progress);
  }
  if (ends_epoch(progress)) return since >= kEpochLine || progress.step == progress.total;
  return since >= kPlainLine;
}

std::string ProgressPrinter::line_of(const Progress& progress) const {
  std::string line = progress.work;
  const double seconds = std::chrono::duration<double>(Clock::now() - begin_).count();
  if (progress.total > 0) {
    const double share = static_cast<double>(progress.step) / static_cast<double>(progress.total);
    if (terminal_) line += " " + bar(share);
    line += fmt::format(" {:.0f}%", 100 * share);
  }
  for (const ProgressValue& value : progress.values) {
    line += fmt::format("  {} {:.4g}", value.name, value.value);
  }
  if (progress.total > 0 && progress.step > 0 && seconds > 1) {
    const double left = seconds * static_cast<double>(progress.total - progress.step) /
                        static_cast<double>(progress.step);
    line += "  " + duration(left) + " left";
  }
  return line;
}

void ProgressPrinter::show(const Progress& progress) {
  if (quiet_) return;
  if (progress.work != work_ || progress.step < last_step_) {
    finish();
    work_ = progress.work;
    begin_ = Clock::now();
    last_shown_ = terminal_ ? Clock::time_point{} : begin_;
  }
  last_step_ = progress.step;
  if (!due(progress)) return;
  last_shown_ = Clock::now();
  if (terminal_) {
    std::cerr << "\r\033[K" << line_of(progress) << std::flush;
    line_open_ = true;
  } else {
    std::cerr << line_of(progress) << std::endl;
  }
}

void ProgressPrinter::say(const std::string& message) {
  if (quiet_) return;
  finish();
  std::cerr << message << std::endl;
}

void ProgressPrinter::finish() {
  if (!line_open_) return;
  std::cerr << "\r\033[K" << std::flush;
  line_open_ = false;
}

}  // namespace gcompress::tools
