// The learning rate at every step: warm-up, then constant, stepped or cosine.
#pragma once

#include <cstdint>

#include "gcompress/core/train/fit.h"

namespace gcompress::train {

// The rate of step `step` (from 0) of `total_steps`.
//   warm-up: rate * (step + 1) / warmup_steps while step < warmup_steps
//   kStep:   rate * step_factor^k, k being how many of step_at * total_steps are passed
//   kCosine: full until `start`, the later of warm-up's end and hold * total_steps; then
//            rate * (1 + cos(pi * (step - start) / (total_steps - start))) / 2
double learning_rate_at(const FitOptions& options, std::int64_t step, std::int64_t total_steps);

}  // namespace gcompress::train
