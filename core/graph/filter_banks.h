// Recognises weights that are fixed by design: Fourier and cosine bases, constant-Q kernels,
// windowed low-pass and band-pass filters, mel filters, sinusoidal position tables. They look like
// weights but were never trained, so they are exempt from pruning and from the target.
//
// The main test is shared-centre linear phase. A row x is symmetric or antisymmetric about the
// centre k / 2 if and only if |sum_n x[n] x[k - n]| = sum_n x[n]^2. Rows of such banks all are,
// about one common centre; a trained filter is not, and trained Gabor-like filters have phases of
// their own. On the real models at hand every bank scores above 0.999 in its worst row, and no
// trained kernel or matrix of at least 16 taps scores above 0.4.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "gcompress/core/base/tensor.h"

namespace gcompress::graph {

// Filters of `taps` elements each: element t of filter f lies at f * filter_stride + t *
// tap_stride.
struct FilterLayout {
  std::int64_t filters = 0;
  std::int64_t taps = 0;
  std::int64_t filter_stride = 0;
  std::int64_t tap_stride = 0;
};

// Filters along one axis of a tensor, their taps along another; a filter_axis of -1 means one
// filter. Nothing if other axes are longer than 1.
std::optional<FilterLayout> filter_layout(const Shape& shape, int filter_axis, int tap_axis);

// Why the tensor is likely a fixed filter bank, as a short clause; nothing if it is not.
// `at_input`: only fixed operations stand between the network's input and this layer. Deeper in
// the network more evidence is asked for, and mel filters are not looked for.
std::optional<std::string> fixed_filter_bank(const Tensor& tensor, const FilterLayout& layout,
                                             bool at_input);

// True if every column of [positions, channels] is a sampled sinusoid,
// x[t + 1] + x[t - 1] = 2 cos(w) x[t].
bool sinusoidal_table(const Tensor& tensor);

}  // namespace gcompress::graph
