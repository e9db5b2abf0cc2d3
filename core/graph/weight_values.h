// Looking through the values of weights: fast, streaming, leaving no mapped pages behind.
#pragma once

#include <cstdint>

#include "gcompress/core/base/tensor.h"

namespace gcompress::graph {

// True if no element of a floating tensor is NaN or infinite. True for other types.
bool all_finite(const Tensor& tensor);

// Elements that are not zero (-0 is zero), of any type with a fixed size.
std::int64_t count_nonzero(const Tensor& tensor);

// True for what is added to scores but never trained: 0 and one large negative number (or -inf),
// both present.
bool is_attention_mask(const Tensor& tensor);

// True for coordinates and tables of whole or half numbers: at least 16 elements, all multiples of
// 1/2, at least three different ones.
bool is_grid(const Tensor& tensor);

}  // namespace gcompress::graph
