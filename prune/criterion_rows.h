// The criteria behind the table, one file each.
#pragma once

#include <span>

#include "gcompress/prune/criterion.h"

namespace gcompress::prune {

ScoreFunction make_magnitude(const ScoreInputs& inputs);
ScoreFunction make_raw_magnitude(const ScoreInputs& inputs);
ScoreFunction make_random(const ScoreInputs& inputs);
ScoreFunction make_curvature(const ScoreInputs& inputs);

// Elements [begin, begin + out.size()) of a floating tensor as float32.
void read_floats(const Tensor& tensor, std::int64_t begin, std::span<float> out);

// Multiplies elements [begin, begin + out.size()) of a weight by their output channel's factor to
// the given power (1 or 2).
void multiply_by_channel(const graph::Weight& weight, const std::vector<float>& factors, int power,
                         std::int64_t begin, std::span<float> out);

}  // namespace gcompress::prune
