// The criteria behind the table, one file each.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "gcompress/prune/criterion.h"

namespace gcompress::prune {

ScoreFunction make_magnitude(const ScoreInputs& inputs);
ScoreFunction make_folded_magnitude(const ScoreInputs& inputs);
ScoreFunction make_raw_magnitude(const ScoreInputs& inputs);
ScoreFunction make_random(const ScoreInputs& inputs);
ScoreFunction make_curvature(const ScoreInputs& inputs);
ScoreFunction make_movement(const ScoreInputs& inputs);
ScoreFunction make_snip(const ScoreInputs& inputs);
ScoreFunction make_taylor(const ScoreInputs& inputs);
ScoreFunction make_fisher(const ScoreInputs& inputs);
ScoreFunction make_wanda(const ScoreInputs& inputs);
ScoreFunction make_obs(const ScoreInputs& inputs);

// Elements [begin, begin + out.size()) of a floating tensor as float32.
void read_floats(const Tensor& tensor, std::int64_t begin, std::span<float> out);

// Output channels. Where they lie along no single axis (recurrent and reshaped weights), each row
// of the last axis is one.
std::int64_t channel_count(const graph::Weight& weight);

// The 2-norm of each output channel of a weight's present value.
std::vector<float> channel_norms(const graph::Weight& weight, const Tensor& value);

// Multiplies elements [begin, begin + out.size()) of a weight by their output channel's factor.
void multiply_by_channel(const graph::Weight& weight, const std::vector<float>& factors,
                         std::int64_t begin, std::span<float> out);

}  // namespace gcompress::prune
