// The inside of a worker: a process that holds one network and runs it as it is told, in lines.
//
//   worker                           asked
//   ready SECONDS                    (by itself) the monotonic clock at the first answer
//   NAME<tab>VERSION<tab>...         runtime
//   times T1 T2 ...                  times N: seconds of each of N runs
//   ran SECONDS                      run N: seconds of all N runs together
//   memory BYTES                     memory: the largest resident size so far
//   error SENTENCE                   anything that failed; the worker then ends
#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <span>
#include <string>
#include <vector>

#include "gcompress/core/execute/executor.h"

namespace gcompress::measure {

// A line of `times` must stay below the 64 KiB that its reader takes.
constexpr std::int64_t kMostTimesALine = 2000;

// Answers until `in` ends. Runs take the inputs in turn, so that no run sees the same values as the
// one before where there are several. False after an error.
bool serve(execute::Executor& executor, std::span<const execute::Values> inputs, std::istream& in,
           const std::function<void(const std::string& line)>& answer);

// Seconds of each run, by the monotonic clock; what `times` does. `next` is the number of the
// inputs that come first, and is moved on.
std::vector<double> time_runs(execute::Executor& executor, std::span<const execute::Values> inputs,
                              std::int64_t runs, std::size_t& next);

// The largest resident size of this process so far, in bytes (VmHWM); 0 where the system is silent.
std::int64_t peak_memory_bytes();

}  // namespace gcompress::measure
