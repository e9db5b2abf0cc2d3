#include "gcompress/core/kernels/cuda/two_four_spmm/launch.h"

#include "gcompress/core/kernels/cuda/tensor_launch.h"
#include "gcompress/core/kernels/cuda/two_four_spmm/kernels.h"

namespace gcompress::cuda::two_four_spmm {
namespace {

template <auto kKernel>
void launch_entry(const DeviceMatrix& w, const HalfLinear& linear, const Parts& parts,
                  Stream stream) {
  launch_kernel<kKernel>("two_four_spmm", tensor_tile::launch_shape(w.rows, linear.samples, parts),
                         stream, w.value_begin.data(), w.bitmaps.data(), w.values.data(),
                         w.residual_begin.data(), w.residual.data(), linear.bias, linear.x,
                         linear.y, parts.sums, w.rows, w.columns, linear.samples, linear.x_stride,
                         linear.y_stride, linear.low, linear.high);
}

struct Row {
  int samples;
  void (*launch)(const DeviceMatrix&, const HalfLinear&, const Parts&, Stream);
};

constexpr Row kRows[] = {
#define GCOMPRESS_ROW(samples) {samples, &launch_entry<&two_four_spmm_f16_n##samples>},
    GCOMPRESS_TWO_FOUR_SPMM_ENTRIES(GCOMPRESS_ROW)
#undef GCOMPRESS_ROW
};

}  // namespace

DeviceMatrix::DeviceMatrix(const TwoFourMatrix& packed)
    : rows(packed.rows),
      columns(packed.columns),
      value_begin(packed.value_begin),
      bitmaps(packed.bitmaps),
      values(packed.values),
      residual_begin(packed.residual_begin),
      residual(packed.residual) {}

void multiply(const DeviceMatrix& weight, const HalfLinear& linear, const Parts& parts,
              Stream stream) {
  tensor_tile::check("the two-of-four SpMM", linear, parts);
  if (linear.samples <= 0 || weight.rows == 0) return;
  for (const Row& row : kRows) {
    if (row.samples == tensor_tile::samples_of_block(linear.samples))
      row.launch(weight, linear, parts, stream);
  }
  tensor_tile::add_parts<&two_four_spmm_add_parts>("two_four_spmm_add_parts", weight.rows, linear,
                                                   parts, stream);
}

}  // namespace gcompress::cuda::two_four_spmm
