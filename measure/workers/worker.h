// A network in a process of its own. Peak memory and cold start need a fresh process, and two
// runtimes in one process would get in each other's way.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "gcompress/core/base/run_context.h"
#include "gcompress/core/execute/executor.h"

namespace gcompress::measure {

// How to start workers: a program and its arguments, which lead to serve() (serve.h).
using WorkerCommand = std::vector<std::string>;

// Owns the process, which ends when this goes. Not thread-safe.
class Worker {
 public:
  // Starts it and waits for its first answer. Throws Error(kInput) with the worker's own sentence
  // where it fails, Error(kInterrupted) when cancelled, as does everything below.
  Worker(const WorkerCommand& command, const RunContext& context);
  ~Worker();
  Worker(Worker&&) noexcept;
  Worker& operator=(Worker&&) noexcept;

  double cold_start_seconds() const;        // from before the process began to its first answer
  std::string executor_name() const;        // "torch"
  const execute::Runtime& runtime() const;  // as the executor says
  std::int64_t process() const;             // its id
  std::vector<double> times(std::int64_t runs);  // seconds of each run, taken inside
  double run(std::int64_t runs);                 // seconds of all, taken inside
  std::int64_t peak_memory_bytes();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gcompress::measure
