// What the CUDA kernels compute, as plainly as it can be written, in double precision: the oracle
// of their tests.
#pragma once

#include <vector>

#include "gcompress/core/kernels/cuda/values.h"

namespace gcompress::cuda {

// y[n][r] = clamp(bias[r] + sum over k of w[r][k] x[n][k]), and how far float32 sums of any order
// may be from it: with n terms, n 2^-23 times the sum of their magnitudes (Higham 2002,
// section 3.1, twice the bound).
struct Reference {
  std::vector<double> values;
  std::vector<double> tolerances;
};

// Addresses in `linear` are of this machine; y is not used. w as it is, so round it first.
Reference multiply_naively(const DenseMatrix& weight, const Linear& linear);

}  // namespace gcompress::cuda
