// What networks answer, and whether two answer alike.
#pragma once

#include <vector>

#include "gcompress/core/base/tensor.h"

namespace gcompress::execute {

// For each row of two outputs of the same shape, 1 if they have the same answer, else 0: the index
// of the largest element, or whether the only one is above the threshold. In sequences, outputs
// [rows, places, classes], every place has an answer, and the result is the share of equal ones.
// NaN is no answer.
std::vector<float> equal_answers(const Tensor& output, const Tensor& reference,
                                 float threshold = 0);

}  // namespace gcompress::execute
