// Which steps may run sample by sample: whatever they compute for one sample depends on that sample
// alone.
#pragma once

#include <vector>

#include "gcompress/core/engine/drafts.h"

namespace gcompress::engine {

// True if running the node on each sample (a slice of the first axis) of its inputs that are not
// constant gives the samples of its output. All of those have `samples` along their first axis.
bool keeps_samples_apart(const Binding& binding, std::int64_t samples);

// True if it works on planes of more than one element.
bool is_spatial(const Binding& binding);

// Steps [begin, end) that run `samples` times, for a sample each; once for all if it is 1.
struct Segment {
  std::size_t begin = 0, end = 0;
  std::int64_t samples = 1;
  bool alone = false;  // a sample by one thread, others meanwhile; false: by all threads
};

// Runs of steps that keep samples apart, from the first spatial one to the last, run sample by
// sample; what lies between runs once. `samples`: along the first axis of the inputs.
std::vector<Segment> split_into_segments(const std::vector<Draft>& steps, std::int64_t samples);

}  // namespace gcompress::engine
