// What the CPU execution of CUDA kernels finds: mistakes that hardware would not forgive.
#pragma once

#include <stdexcept>
#include <string>

namespace gcompress::cuda_on_cpu {

enum class FaultKind {
  kGlobalBounds,    // outside of every buffer, or writing to something constant
  kSharedBounds,    // outside of the block's shared variables
  kMisaligned,      // an address that is no multiple of the access
  kBarrier,         // threads wait at a barrier that others never reach
  kWarp,            // a warp-wide operation that lanes of its mask do not join
  kRace,            // shared memory touched by two threads without a barrier in between
  kUninitialised,   // shared memory read before anything was written
  kUnfinishedCopy,  // the target of an asynchronous copy touched before the wait
  kLaunch,          // a launch that no device accepts
};

struct Fault : std::runtime_error {
  Fault(FaultKind which, const std::string& message) : std::runtime_error(message), kind(which) {}
  FaultKind kind;
};

}  // namespace gcompress::cuda_on_cpu
