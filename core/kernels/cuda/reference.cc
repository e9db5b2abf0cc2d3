#include "gcompress/core/kernels/cuda/reference.h"

#include <algorithm>
#include <cmath>

namespace gcompress::cuda {

Reference multiply_naively(const DenseMatrix& weight, const Linear& linear) {
  Reference reference;
  for (int n = 0; n < linear.samples; ++n) {
    const float* x = linear.x + n * linear.x_stride;
    for (int r = 0; r < weight.rows; ++r) {
      double sum = linear.bias ? linear.bias[r] : 0.0;
      double magnitude = std::abs(sum);
      int terms = 1;
      for (int k = 0; k < weight.columns; ++k) {
        if (weight.at(r, k) == 0)
          continue;  // zeros are not stored: an infinity there does not matter
        const double product = static_cast<double>(weight.at(r, k)) * x[k];
        sum += product;
        magnitude += std::abs(product);
        ++terms;
      }
      reference.values.push_back(
          std::clamp(sum, static_cast<double>(linear.low), static_cast<double>(linear.high)));
      reference.tolerances.push_back(terms * std::ldexp(magnitude, -23));
    }
  }
  return reference;
}

}  // namespace gcompress::cuda
