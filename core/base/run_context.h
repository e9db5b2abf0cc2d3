// What every long piece of work is told: seed, threads, device, where progress goes, when to stop.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "gcompress/core/base/error.h"

namespace gcompress {

// One number beside a progress bar: {"loss", 0.31}.
struct ProgressValue {
  std::string name;
  double value = 0;
};

// A piece of work moved on. Steps count from 0 to total; total 0 means unknown.
struct Progress {
  std::string work;  // "train", "prune and recover", "evaluate"
  std::int64_t step = 0;
  std::int64_t total = 0;
  std::vector<ProgressValue> values = {};
};

struct RunContext {
  std::uint64_t seed = 0;
  int threads = 0;             // 0: as many as the machine has
  std::string device = "cpu";  // "cpu", "cuda", "cuda:0", "auto"
  // May be empty. Called from the thread that does the work, at most some times a second is
  // sensible but not required: the receiver thins out.
  std::function<void(const Progress&)> on_progress;
  // A message for the user ("batch-norm statistics kept: +3.1 points"). May be empty.
  std::function<void(const std::string&)> on_message;
  // Set (by a signal handler, say) to ask for an orderly stop. May be null.
  const std::atomic<bool>* cancel = nullptr;

  void report(const Progress& progress) const {
    if (on_progress) on_progress(progress);
  }
  void say(const std::string& message) const {
    if (on_message) on_message(message);
  }
  bool cancelled() const { return cancel != nullptr && cancel->load(std::memory_order_relaxed); }
  // Throws Error(kInterrupted) when cancelled.
  void check_cancelled() const {
    if (cancelled()) throw Error(ErrorKind::kInterrupted, "interrupted");
  }
};

}  // namespace gcompress
