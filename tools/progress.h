// Progress on stderr: one line redrawn on a terminal, now and then a plain line when piped.
#pragma once

#include <chrono>
#include <string>

#include "gcompress/core/base/run_context.h"

namespace gcompress::tools {

class ProgressPrinter {
 public:
  explicit ProgressPrinter(bool quiet);
  ~ProgressPrinter();
  ProgressPrinter(const ProgressPrinter&) = delete;
  ProgressPrinter& operator=(const ProgressPrinter&) = delete;

  void show(const Progress& progress);
  void say(const std::string& message);
  void finish();  // ends a line being redrawn

 private:
  using Clock = std::chrono::steady_clock;

  bool due(const Progress& progress) const;
  std::string line_of(const Progress& progress) const;

  bool quiet_;
  bool terminal_;
  bool line_open_ = false;
  std::string work_;
  std::int64_t last_step_ = 0;
  Clock::time_point begin_{};
  Clock::time_point last_shown_{};
};

}  // namespace gcompress::tools
